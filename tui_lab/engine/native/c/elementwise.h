/* Activations and dropout. */
#include <math.h>

#include "structures.h"

static uint32_t mix(uint32_t x) { /* "lowbias32" of Chris Wellons, github.com/skeeto/hash-prospector */
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
}

static float tanh_derivative(float y) { return 1 - y * y; }
static float normal_cdf(float x) { return 0.5f * (1 + erff(x * 0.70710678f)); }
static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

#define EACH(expression)                                                                                     \
    for (int64_t i = 0; i < count; i++) y[i] = (expression);                                                 \
    break

static void activate(const Layer *layer, const float *x, float *y, int64_t count) {
    const float number = layer->number;
    switch (layer->kind) {
    case RELU: EACH(x[i] < 0 ? 0 : x[i]); /* NaN stays */
    case LEAKY_RELU: EACH(x[i] > 0 ? x[i] : number * x[i]);
    case ELU: EACH(x[i] > 0 ? x[i] : number * expm1f(x[i]));
    case SIGMOID: EACH(sigmoid(x[i]));
    case TANH: EACH(tanhf(x[i]));
    case GELU: EACH(x[i] * normal_cdf(x[i]));
    case SILU: EACH(x[i] * sigmoid(x[i]));
    }
}

#undef EACH
#define EACH(derivative)                                                                                     \
    for (int64_t i = 0; i < count; i++) g[i] *= (derivative);                                                \
    break

/* Turn the gradient by the outputs y of an activation into that by its inputs x. */
static void deactivate(const Layer *layer, const float *x, const float *y, float *g, int64_t count) {
    const float number = layer->number;
    switch (layer->kind) {
    case RELU: EACH(y[i] > 0 ? 1 : 0);
    case LEAKY_RELU: EACH(x[i] > 0 ? 1 : number);
    case ELU: EACH(x[i] > 0 ? 1 : y[i] + number);
    case SIGMOID: EACH(y[i] * (1 - y[i]));
    case TANH: EACH(tanh_derivative(y[i]));
    case GELU: EACH(normal_cdf(x[i]) + x[i] * 0.39894228f * expf(-0.5f * x[i] * x[i]));
    case SILU: EACH(sigmoid(x[i]) * (1 + x[i] * (1 - sigmoid(x[i]))));
    }
}

/* The factors (B, H) by which dropout multiplies. */
static void draw(double drop, uint64_t seed, int64_t update, int64_t layer, float *factors, int64_t B,
                 int64_t H, int64_t stride) {
    const uint32_t low = mix(mix((uint32_t)seed) ^ (uint32_t)update);
    const uint32_t high = mix(mix((uint32_t)(seed >> 32)) ^ (uint32_t)(update >> 32));
    const uint32_t one = mix(low ^ (uint32_t)layer), other = mix(high ^ one);
    const uint32_t limit = (uint32_t)(drop * 4294967296.0);
    const float scale = 1 / (1 - drop);
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < H; h++)
            factors[b * stride + h] = mix(mix((uint32_t)(b * H + h) ^ one) + other) < limit ? 0 : scale;
}
