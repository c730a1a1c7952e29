"""How good the detector is: real pages, registers, spinners nobody here wrote, and the training families."""
