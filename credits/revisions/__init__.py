"""Rules in force: revisions of boards' documents, their sign-off, their dry runs, and the verification of their facts."""
