"""`make evaluate`: how well the assistant finds and understands, on sets that nothing was learned from."""
