"""Contender's training sidecar: snapshots in; trials, final fits and exact ONNX out."""
