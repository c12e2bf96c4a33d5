"""Every number of this package that was measured and not derived.

On an Intel Xeon with AVX-512 (two cores, 2 MB second-level cache each, OpenBLAS of NumPy 2.4), by
`benchmarks/speed.py` over its layers L1 to L7 unless a line says otherwise. None changes a result beyond
rounding; on another processor another value may be faster.
"""

# ---- what comes to `cnnlab.fast` at all: see `cnnlab.implementation`

# Multiplications in a convolution that is worth the trouble: a smaller one would be mostly Python.
FEWEST_STEPS = 1_000_000
# Weights in a row of the kernels from which on no product is small.
MOST_WEIGHTS = 75_000
# Where im2col copies a pixel fewer times than this, there is little to save,
FEWEST_COPIES = 3
# unless a pixel has fewer channels than this: then even two copies of it cost more.
FEW_CHANNELS = 16
# Numbers from which on a sum of rows is faster as a product with ones (AMD EPYC, AVX2).
FEWEST_SUMMED = 16_384

# Numbers in the images of a pooling from which on it is worth the trouble (AMD EPYC, AVX2).
FEWEST_POOLED = 1_024

# ---- blocks of the batch, in bytes of scratch memory

# With few channels little is computed with each number, and a block must stay in the second-level cache of a
# core. With many it need not, and larger blocks mean less Python.
FEW_CHANNELS_BYTES = 1_250_000
MANY_CHANNELS_BYTES = 8_000_000
# A pooling computes little with each number, too.
POOLING_BYTES = 800_000

# ---- matrix products

# OpenBLAS multiplies matrices of up to so many steps (rows x columns x length of the sums) as they lie in
# memory; larger ones it first copies into an order of its own.
SMALL_PRODUCT = 10**6
# A product of fewer rows, or with shorter sums, does not pay for what it costs to begin and to add it up.
FEWEST_ROWS = 8
FEWEST_TERMS = 64
# In longer sums float32 would lose digits.
MOST_TERMS = 1024

# ---- which idea serves which layer

# A matrix of this many columns fills the vectors of a processor. A layer of fewer channels takes two or four
# neighbouring columns of the image together, or several groups.
FULL_VECTOR = 16
# With fewer channels the sums of rows in Winograd's scheme take longer than the products that they save.
FEWEST_WINOGRAD_CHANNELS = 16
# From so many weights on for each place of the kernel, the products of single columns are large enough.
LARGE_TAP = 4096
# So many channels make a pixel long enough for a pooling to compute with where it is.
LONG_PIXEL = 32

# ---- threads

# A share of fewer multiplications than this takes less time than to hand it to a thread.
FEWEST_SHARED_STEPS = 20_000_000
