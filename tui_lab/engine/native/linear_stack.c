/* Updates of a stack of linear layers, several in a call: forward, backward and optimizer step.
 *
 * Numbers round differently than torch's do. The formulas are those of torch.nn and torch.optim. Dropout does
 * not draw from a generator: whether an element is kept depends on the seed, the update, the layer and the
 * element alone, so that it does not matter how many updates are made in a call.
 *
 * Legend: B rows of an update, D inputs of a layer, H its outputs, K outputs of the network. All matrices are
 * row-major; those of this file have rows that are padded to whole vectors (`padded`).
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINEAR, DROPOUT, RELU, LEAKY_RELU, ELU, SIGMOID, TANH, GELU, SILU };
enum { SGD, ADAM, ADAMW, RMSPROP, ADAGRAD };
enum { MSE, BINARY_CROSS_ENTROPY, CROSS_ENTROPY };

/* A parameter: its values, what the optimizer keeps for it, and its average; NULL for what there is not. */
typedef struct {
    float *values, *first, *second, *average;
    double updates;      /* that its optimizer has made */
    int64_t rate;        /* which of the learning rates of an update is its own */
    int64_t learns;
} Parameter;

typedef struct {
    int64_t kind, inputs, outputs;
    double number;       /* of dropout: the probability to drop; of leaky ReLU its slope, of ELU its alpha */
    Parameter weight, bias;
} Layer;

typedef struct {
    int64_t loss, optimizer, rates;
    double label_smoothing, momentum, beta2, weight_decay, grad_clip, ema_decay;
    uint64_t seed;
} Settings;

#define LANES 8
#define WIDTH 16
#define ROWS 4
typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static int64_t padded(int64_t count, int64_t to) { return (count + to - 1) / to * to; }

/* C (M, N) = A (M, K) B (K, N). Element (m, k) of A is at m * a_m + k * a_k. Rows of A and C are read and
 * written up to a multiple of ROWS, columns of B and C up to a multiple of WIDTH. */
static void multiply(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k,
                     const float *B, int64_t b_k, float *C, int64_t c_m) {
    for (int64_t n = 0; n < N; n += WIDTH)
        for (int64_t m = 0; m < M; m += ROWS) {
            const float *a = A + m * a_m, *b = B + n;
            Vector c[ROWS][WIDTH / LANES] = {0};
            for (int64_t k = 0; k < K; k++, a += a_k, b += b_k)
                for (int w = 0; w < WIDTH / LANES; w++) {
                    Vector next;
                    memcpy(&next, b + w * LANES, sizeof next);
                    for (int r = 0; r < ROWS; r++)
                        c[r][w] += a[r * a_m] * next;
                }
            for (int r = 0; r < ROWS; r++)
                memcpy(C + (m + r) * c_m + n, c[r], sizeof c[r]);
        }
}

/* Copy a matrix (rows, columns) into padded rows, whose padding is set to 0. */
static void pad(const float *from, int64_t rows, int64_t columns, float *to, int64_t to_m) {
    for (int64_t m = 0; m < rows; m++) {
        memcpy(to + m * to_m, from + m * columns, columns * sizeof *to);
        memset(to + m * to_m + columns, 0, (to_m - columns) * sizeof *to);
    }
}

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

/* The mean loss of outputs (B, K); its gradient by them goes into g. */
static double score(const Settings *settings, const float *o, float *g, int64_t stride, const void *targets,
                    int64_t B, int64_t K) {
    const double s = settings->label_smoothing;
    double total = 0;
    for (int64_t b = 0; b < B; b++, o += stride, g += stride) {
        if (settings->loss == CROSS_ENTROPY) {
            const int64_t target = ((const int64_t *)targets)[b];
            float most = o[0];
            double sum = 0, all = 0;
            for (int64_t k = 1; k < K; k++)
                most = o[k] > most ? o[k] : most;
            for (int64_t k = 0; k < K; k++) {
                sum += g[k] = expf(o[k] - most);
                all += o[k];
            }
            const double log_sum = most + log(sum);
            total += (1 - s) * (log_sum - o[target]) + s * (log_sum - all / K);
            for (int64_t k = 0; k < K; k++)
                g[k] = (g[k] / sum - s / K - (k == target ? 1 - s : 0)) / B;
        } else {
            const double out = o[0], target = ((const float *)targets)[b];
            if (settings->loss == MSE) {
                total += (out - target) * (out - target);
                g[0] = 2 * (out - target) / B;
            } else {
                const double label = target * (1 - s) + s / 2;
                total += (out > 0 ? out : 0) - out * label + log1p(exp(-fabs(out)));
                g[0] = (1 / (1 + exp(-out)) - label) / B;
            }
        }
    }
    return total / B;
}

/* Change a parameter (rows, columns) by its gradient, whose rows are `stride` apart. */
static void update(const Settings *settings, Parameter *p, const double *rates, int64_t rows, int64_t columns,
                   const float *gradient, int64_t stride, float scale) {
    p->updates += 1;
    const double rate = rates[p->rate];
    const float lr = rate, decay = settings->weight_decay, momentum = settings->momentum;
    const float beta2 = settings->beta2, new1 = 1 - settings->momentum, new2 = 1 - settings->beta2;
    const float shrink = settings->optimizer == ADAMW ? 1 - rate * settings->weight_decay : 1;
    const float size = rate / (1 - pow(settings->momentum, p->updates));
    const float root = sqrt(1 - pow(settings->beta2, p->updates));
    for (int64_t m = 0; m < rows; m++) {
        float *w = p->values + m * columns, *u = p->first + m * columns, *v = p->second + m * columns;
        const float *g = gradient + m * stride;
        switch (settings->optimizer) {
        case SGD:
            for (int64_t n = 0; n < columns; n++) {
                float by = scale * g[n] + decay * w[n];
                if (p->first)
                    by = u[n] = momentum * u[n] + by;
                w[n] -= lr * by;
            }
            break;
        case ADAM:
        case ADAMW:
            for (int64_t n = 0; n < columns; n++) {
                float by = scale * g[n];
                if (settings->optimizer == ADAM)
                    by += decay * w[n];
                u[n] += new1 * (by - u[n]);
                v[n] = beta2 * v[n] + new2 * by * by;
                w[n] = shrink * w[n] - size * u[n] / (sqrtf(v[n]) / root + 1e-8f);
            }
            break;
        case RMSPROP:
            for (int64_t n = 0; n < columns; n++) {
                float by = scale * g[n] + decay * w[n];
                v[n] = 0.99f * v[n] + 0.01f * by * by;
                by /= sqrtf(v[n]) + 1e-8f;
                if (p->first)
                    by = u[n] = momentum * u[n] + by;
                w[n] -= lr * by;
            }
            break;
        case ADAGRAD:
            for (int64_t n = 0; n < columns; n++) {
                const float by = scale * g[n] + decay * w[n];
                v[n] += by * by;
                w[n] -= lr * by / (sqrtf(v[n]) + 1e-10f);
            }
        }
    }
}

static void average(Parameter *p, int64_t count, double decay) {
    const float new = 1 - decay;
    if (p->average)
        for (int64_t i = 0; i < count; i++)
            p->average[i] += new * (p->values[i] - p->average[i]);
}

static double squares(const float *g, int64_t rows, int64_t columns, int64_t stride) {
    double sum = 0;
    for (int64_t m = 0; m < rows; m++)
        for (int64_t n = 0; n < columns; n++)
            sum += (double)g[m * stride + n] * g[m * stride + n];
    return sum;
}

/* What is kept of a layer during an update: its outputs, or what dropout multiplies by, and its gradients. */
typedef struct {
    int64_t width, stride;       /* of its outputs */
    float *outputs, *factors, *transposed, *weights, *by_weight, *by_bias;
} Passed;

/* Make `count` updates with the next sizes[..] rows of x (rows, D) and targets (rows). The losses of the
 * updates go into `losses`, the outputs (rows, K) into `outputs`. `rates` holds the learning rates of each
 * update, `begin` the number of updates of the run before. Returns the updates made: at a loss that is not
 * finite it ends before the update. Returns -1 if there is no memory. */
int64_t tui_lab_train(const Settings *settings, Layer *layers, int64_t depth, int64_t count, int64_t begin,
                      const int64_t *sizes, const float *x, const void *targets, const double *rates,
                      double *losses, float *outputs) {
    int64_t most = 0, numbers = 0, D = layers[0].inputs, first = depth, widest = padded(D, WIDTH);
    for (int64_t i = 0; i < count; i++)
        most = sizes[i] > most ? sizes[i] : most;
    const int64_t rows = padded(most, ROWS);
    for (int64_t k = 0; k < depth; k++) {
        const Layer *l = layers + k;
        const int64_t in = padded(l->inputs, WIDTH), out = padded(l->outputs, WIDTH);
        numbers += 2 * rows * out;
        if (l->kind == LINEAR) {
            numbers += l->inputs * out + 2 * padded(l->outputs, ROWS) * in + out;
            first = first == depth && (l->weight.learns || l->bias.learns) ? k : first;
        }
        widest = out > widest ? out : widest;
    }
    numbers += (rows + ROWS) * padded(D, WIDTH) + 2 * rows * widest + WIDTH;
    float *memory = calloc(numbers, sizeof *memory), *free_memory = memory;
    Passed *passed = calloc(depth, sizeof *passed);
    if (!memory || !passed) {
        free(memory);
        free(passed);
        return -1;
    }
#define TAKE(size) (free_memory += (size), free_memory - (size))
    const int64_t x_stride = padded(D, WIDTH);
    float *inputs = TAKE((rows + ROWS) * x_stride), *g = TAKE(rows * widest), *other = TAKE(rows * widest);
    for (int64_t k = 0; k < depth; k++) {
        const Layer *l = layers + k;
        Passed *p = passed + k;
        p->width = l->outputs;
        p->stride = padded(l->outputs, WIDTH);
        p->outputs = TAKE(rows * p->stride);
        p->factors = TAKE(rows * p->stride);
        if (l->kind == LINEAR) {
            const int64_t in = padded(l->inputs, WIDTH);
            p->transposed = TAKE(l->inputs * p->stride);
            p->weights = TAKE(padded(l->outputs, ROWS) * in);
            p->by_weight = TAKE(padded(l->outputs, ROWS) * in);
            p->by_bias = TAKE(p->stride);
        }
    }
    const Passed *last = passed + depth - 1;
    int64_t made = 0;
    for (; made < count; made++, rates += settings->rates) {
        const int64_t B = sizes[made];
        const float *given = inputs;
        int64_t stride = x_stride;
        pad(x, B, D, inputs, x_stride);
        for (int64_t k = 0; k < depth; k++) { /* forward */
            const Layer *l = layers + k;
            Passed *p = passed + k;
            if (l->kind == LINEAR) {
                for (int64_t h = 0; h < l->outputs; h++)
                    for (int64_t d = 0; d < l->inputs; d++)
                        p->transposed[d * p->stride + h] = l->weight.values[h * l->inputs + d];
                multiply(B, p->stride, l->inputs, given, stride, 1, p->transposed, p->stride, p->outputs,
                         p->stride);
                for (int64_t b = 0; b < B; b++)
                    for (int64_t h = 0; h < l->outputs; h++)
                        p->outputs[b * p->stride + h] += l->bias.values[h];
            } else if (l->kind == DROPOUT) {
                draw(l->number, settings->seed, begin + made, k, p->factors, B, p->width, p->stride);
                for (int64_t i = 0; i < B * p->stride; i++)
                    p->outputs[i] = given[i] * p->factors[i];
            } else
                activate(l, given, p->outputs, B * p->stride);
            given = p->outputs;
            stride = p->stride;
        }
        losses[made] = score(settings, last->outputs, g, last->stride, targets, B, last->width);
        if (!isfinite((float)losses[made]))
            break;
        for (int64_t b = 0; b < B; b++)
            memcpy(outputs + b * last->width, last->outputs + b * last->stride, last->width * sizeof *outputs);
        for (int64_t k = depth - 1; k >= first; k--) { /* backward */
            const Layer *l = layers + k;
            Passed *p = passed + k;
            const float *before = k ? passed[k - 1].outputs : inputs;
            const int64_t before_stride = k ? passed[k - 1].stride : x_stride;
            if (l->kind == LINEAR) {
                if (l->weight.learns)
                    multiply(l->outputs, before_stride, B, g, 1, p->stride, before, before_stride, p->by_weight,
                             before_stride);
                if (l->bias.learns) {
                    memset(p->by_bias, 0, p->stride * sizeof *p->by_bias);
                    for (int64_t b = 0; b < B; b++)
                        for (int64_t h = 0; h < l->outputs; h++)
                            p->by_bias[h] += g[b * p->stride + h];
                }
                if (k > first) {
                    pad(l->weight.values, l->outputs, l->inputs, p->weights, before_stride);
                    multiply(B, before_stride, l->outputs, g, p->stride, 1, p->weights, before_stride, other,
                             before_stride);
                    float *swapped = g;
                    g = other;
                    other = swapped;
                }
            } else if (l->kind == DROPOUT) {
                for (int64_t i = 0; i < B * p->stride; i++)
                    g[i] *= p->factors[i];
            } else
                deactivate(l, before, p->outputs, g, B * p->stride);
        }
        float scale = 1;
        if (settings->grad_clip > 0) {
            double sum = 0;
            for (int64_t k = first; k < depth; k++)
                if (layers[k].kind == LINEAR) {
                    const Layer *l = layers + k;
                    if (l->weight.learns)
                        sum += squares(passed[k].by_weight, l->outputs, l->inputs, padded(l->inputs, WIDTH));
                    if (l->bias.learns)
                        sum += squares(passed[k].by_bias, 1, l->outputs, 0);
                }
            const double clip = settings->grad_clip / (sqrt(sum) + 1e-6);
            scale = clip < 1 ? clip : 1;
        }
        for (int64_t k = 0; k < depth; k++) {
            Layer *l = layers + k;
            if (l->kind != LINEAR)
                continue;
            if (l->weight.learns)
                update(settings, &l->weight, rates, l->outputs, l->inputs, passed[k].by_weight,
                       padded(l->inputs, WIDTH), scale);
            if (l->bias.learns)
                update(settings, &l->bias, rates, 1, l->outputs, passed[k].by_bias, 0, scale);
            average(&l->weight, l->inputs * l->outputs, settings->ema_decay);
            average(&l->bias, l->outputs, settings->ema_decay);
        }
        x += B * D;
        outputs += B * last->width;
        targets = (const char *)targets + B * (settings->loss == CROSS_ENTROPY ? 8 : 4);
    }
    free(memory);
    free(passed);
    return made;
}
