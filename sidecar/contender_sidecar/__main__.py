"""`python -m contender_sidecar`: the training worker."""

if __name__ == "__main__":
    # Imported here alone: every fitting process imports this module by another name and needs none of it.
    import sys

    from contender_sidecar.worker import main

    sys.exit(main())
