"""Case studies from a sheet: a workbook to fill in, a check of every row before anything is made, and the drafts.

``layout`` says which sheets and columns there are, ``words`` what their cells may say, ``template`` writes the empty
workbook, ``reading`` takes a filled one apart without trusting it, ``checking`` says what each row would become and
what is wrong with which cell, ``kept`` holds what was read until it is confirmed, ``making`` begins the drafts.
"""
