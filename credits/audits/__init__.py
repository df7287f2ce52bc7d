"""Audit in a box: one signed ZIP with everything an auditor may ask for, made from dossiers alone (decision 0035)."""
