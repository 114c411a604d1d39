"""A kind of data that the lab does not have: sequences made up from a seed. The target is what follows.

`sine:7` is made from the seed 7.

Legend: N sequences, T values of a sequence.
"""
