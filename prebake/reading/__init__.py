"""Reading model files that other programs, or other versions of Keras, have written."""
