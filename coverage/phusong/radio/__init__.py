"""Radio propagation: ITU-R and other published models, fast footprints, point-to-point links.

Profiles are arrays of distance from the transmitter in kilometres and height above sea level in metres;
frequencies are in GHz, losses in dB. Symbols inside the models are those of the Recommendations.
"""
