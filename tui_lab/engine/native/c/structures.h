/* What Python hands over; see stack.py. */
#ifndef STRUCTURES
#define STRUCTURES
#include <stdint.h>

enum { WEIGHTED, DROPOUT, RELU, LEAKY_RELU, ELU, SIGMOID, TANH, GELU, SILU, MAX_POOL, FLATTEN };
enum { SGD, ADAM, ADAMW, RMSPROP, ADAGRAD };
enum { MSE, BINARY_CROSS_ENTROPY, CROSS_ENTROPY };

/* A parameter: its values, what the optimizer keeps for it, and its average; NULL for what there is not. */
typedef struct {
    float *values, *first, *second, *average;
    double updates; /* that its optimizer has made */
    int64_t rate;   /* which of the learning rates of an update is its own */
    int64_t learns;
} Parameter;

/* Images, or rows of values: these are the channels of a single pixel. */
typedef struct {
    int64_t channels, height, width;
} Shape;

/* A linear layer is a convolution with a kernel of one pixel. */
typedef struct {
    int64_t kind;
    Shape in, out;
    int64_t kernel, stride, padding;
    double number; /* of dropout: the probability to drop; of leaky ReLU its slope, of ELU its alpha */
    Parameter weight, bias;
} Layer;

typedef struct {
    int64_t loss, optimizer, rates;
    double label_smoothing, momentum, beta2, weight_decay, grad_clip, ema_decay;
    uint64_t seed;
} Settings;

#endif
