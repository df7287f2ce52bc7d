"""Pages of courses: the catalogue, learning, the exam, and the desk."""
