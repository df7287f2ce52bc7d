"""The rules engine: what a licence still asks for, what a course is worth, when cycles end. Pure (decision 0026).

Input and output are one JSON vocabulary (`schema/`); `run.evaluate` answers a case. Nothing here reads a clock, a database,
a locale or a binary fraction, and nothing here knows the name of a board.
"""
