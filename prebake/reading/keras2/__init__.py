"""Model files of Keras 1 and 2, of keras and of tf.keras, as models of Keras 3.

No code of a file is run, and its configuration is taken apart here: what Keras 3 reads otherwise
than it was meant is refused by name.
"""
