"""A made-up study of any size for rehearsals and tests of scale: `write_synthetic` is the gateway."""

from phusong.synth.write import Written, write_synthetic

__all__ = ["Written", "write_synthetic"]
