"""The part of scipy that the sidecar uses; the package ships no types."""
