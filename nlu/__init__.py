"""Understanding: training data, the text encoder, categories, places and the Rasa components.

Importing this package loads neither Rasa nor the encoder; import the module that is needed.
"""
