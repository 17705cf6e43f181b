"""Training: what each stage trains (stages), the loop they share (loops), and the stages' own losses."""
