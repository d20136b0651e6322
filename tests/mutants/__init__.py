"""The product with one promise broken on purpose: each mutant fails the scenario that the product passes.

A scenario is driven by events, barriers and fail points, never by luck, and says what is lost or doubled.
"""
