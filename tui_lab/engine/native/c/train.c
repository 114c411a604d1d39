/* Updates of a stack of layers, several in a call: forward, backward and optimizer step.
 *
 * Numbers round differently than torch's do. The formulas are those of torch.nn and torch.optim. Dropout does
 * not draw from a generator: whether an element is kept depends on the seed, the update, the layer and the
 * element alone, so that it does not matter how many updates are made in a call.
 *
 * Legend: B rows of an update, C channels of a pixel, K outputs of the network. Matrices are row-major. Those of
 * this file have a row for each pixel, padded to whole vectors (`stride`).
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elementwise.h"
#include "images.h"
#include "loss.h"
#include "matrix.h"
#include "structures.h"
#include "update.h"

#define TOGETHER 256 /* rows of windows in a matrix product: they stay in the nearest caches */

/* What an update keeps of a layer. */
typedef struct {
    int64_t inputs, columns;   /* of a window: its values, and these padded */
    int64_t stride, in_stride; /* of its outputs and its inputs */
    int64_t images;            /* whose windows are gathered together */
    float *outputs, *factors;  /* `factors`: what dropout multiplies by, or which pixels a pool chose */
    float *transposed, *weights, *windows, *by_windows, *by_weight, *by_bias;
} Passed;

typedef struct {
    const Settings *settings;
    Layer *layers;
    int64_t depth, first; /* `first`: the first layer that learns */
    Passed *passed;
    float *memory, *inputs, *g, *other;
} Stack;

static int64_t take(float **memory, float *base, int64_t *used, int64_t count) {
    *memory = base ? base + *used : NULL;
    return *used += padded(count, WIDTH);
}

/* Divide `base` up among the layers; returns the numbers that takes, also if `base` is NULL. */
static int64_t lay_out(Stack *s, int64_t rows, float *base) {
    const Layer *l = s->layers;
    int64_t used = 0, widest = 0, stride = padded(l->in.channels, WIDTH);
    take(&s->inputs, base, &used, (rows * pixels(l->in) + ROWS) * stride);
    widest = (rows * pixels(l->in) + ROWS) * stride;
    for (int64_t k = 0; k < s->depth; k++, l++) {
        Passed *p = s->passed + k;
        p->in_stride = stride;
        stride = p->stride = padded(l->out.channels, WIDTH);
        const int64_t size = (rows * pixels(l->out) + ROWS) * stride;
        widest = size > widest ? size : widest;
        take(&p->outputs, base, &used, size);
        if (l->kind == DROPOUT || l->kind == MAX_POOL)
            take(&p->factors, base, &used, size);
        if (l->kind != WEIGHTED)
            continue;
        p->inputs = l->in.channels * l->kernel * l->kernel;
        p->columns = padded(p->inputs, WIDTH);
        p->images = pixels(l->out) < TOGETHER ? TOGETHER / pixels(l->out) : 1;
        take(&p->transposed, base, &used, p->inputs * stride);
        take(&p->weights, base, &used, padded(l->out.channels, ROWS) * p->columns);
        take(&p->by_weight, base, &used, padded(l->out.channels, ROWS) * p->columns);
        take(&p->by_bias, base, &used, stride);
        if (!pointwise(l)) {
            const int64_t windows = (p->images * pixels(l->out) + ROWS) * p->columns;
            take(&p->windows, base, &used, windows);
            take(&p->by_windows, base, &used, windows);
        }
    }
    take(&s->g, base, &used, widest);
    take(&s->other, base, &used, widest);
    return used;
}

static void apply_weights(const Layer *l, Passed *p, const float *given, int64_t B) {
    for (int64_t c = 0; c < l->out.channels; c++)
        for (int64_t i = 0; i < p->inputs; i++)
            p->transposed[i * p->stride + c] = l->weight.values[c * p->inputs + i];
    const int64_t step = pointwise(l) ? B : p->images;
    for (int64_t b = 0; b < B; b += step) {
        const int64_t count = b + step < B ? step : B - b;
        const float *images = given + b * pixels(l->in) * p->in_stride;
        if (!pointwise(l))
            gather(l, count, images, p->in_stride, p->windows, p->columns);
        multiply(count * pixels(l->out), p->stride, p->inputs, pointwise(l) ? images : p->windows,
                 pointwise(l) ? p->in_stride : p->columns, 1, p->transposed, p->stride,
                 p->outputs + b * pixels(l->out) * p->stride, p->stride, 0);
    }
    for (int64_t r = 0; r < B * pixels(l->out); r++)
        for (int64_t c = 0; c < l->out.channels; c++)
            p->outputs[r * p->stride + c] += l->bias.values[c];
}

static void forward(Stack *s, int64_t B, int64_t update) {
    const float *given = s->inputs;
    for (int64_t k = 0; k < s->depth; k++) {
        const Layer *l = s->layers + k;
        Passed *p = s->passed + k;
        const int64_t rows = B * pixels(l->out);
        switch (l->kind) {
        case WEIGHTED:
            apply_weights(l, p, given, B);
            break;
        case DROPOUT:
            draw(l->number, s->settings->seed, update, k, p->factors, rows, l->out.channels, p->stride);
            for (int64_t i = 0; i < rows * p->stride; i++)
                p->outputs[i] = given[i] * p->factors[i];
            break;
        case MAX_POOL:
            pool(l, B, given, p->in_stride, p->outputs, (int32_t *)p->factors);
            break;
        case FLATTEN:
            flatten(l->in, B, given, p->in_stride, p->outputs, p->stride);
            break;
        default:
            activate(l, given, p->outputs, rows * p->stride);
        }
        given = p->outputs;
    }
}

/* The gradients of a layer's weights and, if it is not the first that learns, by its inputs into `to`. */
static void learn(const Layer *l, Passed *p, const float *before, const float *g, int64_t B, float *to) {
    if (l->weight.learns)
        memset(p->by_weight, 0, padded(l->out.channels, ROWS) * p->columns * sizeof *p->by_weight);
    if (to)
        pad(l->weight.values, l->out.channels, p->inputs, p->weights, p->columns);
    const int64_t step = pointwise(l) ? B : p->images;
    for (int64_t b = 0; b < B; b += step) {
        const int64_t count = b + step < B ? step : B - b, rows = count * pixels(l->out);
        const float *images = before + b * pixels(l->in) * p->in_stride;
        const float *part = g + b * pixels(l->out) * p->stride;
        if (l->weight.learns && !pointwise(l))
            gather(l, count, images, p->in_stride, p->windows, p->columns);
        if (l->weight.learns)
            multiply(l->out.channels, p->columns, rows, part, 1, p->stride, pointwise(l) ? images : p->windows,
                     p->columns, p->by_weight, p->columns, 1);
        if (!to)
            continue;
        float *by_images = to + b * pixels(l->in) * p->in_stride;
        multiply(rows, p->columns, l->out.channels, part, p->stride, 1, p->weights, p->columns,
                 pointwise(l) ? by_images : p->by_windows, p->columns, 0);
        if (!pointwise(l))
            scatter(l, count, p->by_windows, p->columns, by_images, p->in_stride);
    }
    if (l->bias.learns) {
        memset(p->by_bias, 0, p->stride * sizeof *p->by_bias);
        for (int64_t r = 0; r < B * pixels(l->out); r++)
            for (int64_t c = 0; c < l->out.channels; c++)
                p->by_bias[c] += g[r * p->stride + c];
    }
}

static void backward(Stack *s, int64_t B) {
    for (int64_t k = s->depth - 1; k >= s->first; k--) {
        const Layer *l = s->layers + k;
        Passed *p = s->passed + k;
        const float *before = k ? s->passed[k - 1].outputs : s->inputs;
        const int64_t count = B * pixels(l->out) * p->stride;
        int moved = 0;
        switch (l->kind) {
        case WEIGHTED:
            moved = k > s->first;
            learn(l, p, before, s->g, B, moved ? s->other : NULL);
            break;
        case DROPOUT:
            for (int64_t i = 0; i < count; i++)
                s->g[i] *= p->factors[i];
            break;
        case MAX_POOL:
            moved = 1;
            unpool(l, B, s->g, (const int32_t *)p->factors, s->other, p->stride);
            break;
        case FLATTEN:
            moved = 1;
            unflatten(l->in, B, s->g, p->stride, s->other, p->in_stride);
            break;
        default:
            deactivate(l, before, p->outputs, s->g, count);
        }
        if (moved) {
            float *swapped = s->g;
            s->g = s->other;
            s->other = swapped;
        }
    }
}

/* Change the weights by their gradients. */
static void apply(Stack *s, const double *rates) {
    float scale = 1;
    if (s->settings->grad_clip > 0) {
        double sum = 0;
        for (int64_t k = s->first; k < s->depth; k++) {
            const Layer *l = s->layers + k;
            const Passed *p = s->passed + k;
            if (l->kind == WEIGHTED && l->weight.learns)
                sum += squares(p->by_weight, l->out.channels, p->inputs, p->columns);
            if (l->kind == WEIGHTED && l->bias.learns)
                sum += squares(p->by_bias, 1, l->out.channels, 0);
        }
        const double clip = s->settings->grad_clip / (sqrt(sum) + 1e-6);
        scale = clip < 1 ? clip : 1;
    }
    for (int64_t k = 0; k < s->depth; k++) {
        Layer *l = s->layers + k;
        const Passed *p = s->passed + k;
        if (l->kind != WEIGHTED)
            continue;
        if (l->weight.learns)
            update(s->settings, &l->weight, rates, l->out.channels, p->inputs, p->by_weight, p->columns, scale);
        if (l->bias.learns)
            update(s->settings, &l->bias, rates, 1, l->out.channels, p->by_bias, 0, scale);
        average(&l->weight, l->out.channels * p->inputs, s->settings->ema_decay);
        average(&l->bias, l->out.channels, s->settings->ema_decay);
    }
}

/* Make `count` updates with the next sizes[..] rows of x (rows, C, H, W) and targets (rows). The losses of the
 * updates go into `losses`, the outputs (rows, K) into `outputs`. `rates` holds the learning rates of each
 * update, `begin` the number of updates of the run before. Returns the updates made: at a loss that is not
 * finite it ends before the update. Returns -1 if there is no memory. */
int64_t tui_lab_train(const Settings *settings, Layer *layers, int64_t depth, int64_t count, int64_t begin,
                      const int64_t *sizes, const float *x, const void *targets, const double *rates,
                      double *losses, float *outputs) {
    Stack s = {settings, layers, depth, depth, calloc(depth, sizeof(Passed)), NULL, NULL, NULL, NULL};
    int64_t most = 0, made = -1;
    for (int64_t i = 0; i < count; i++)
        most = sizes[i] > most ? sizes[i] : most;
    for (int64_t k = depth - 1; k >= 0; k--)
        if (layers[k].kind == WEIGHTED && (layers[k].weight.learns || layers[k].bias.learns))
            s.first = k;
    if (s.passed)
        s.memory = calloc(lay_out(&s, most, NULL), sizeof *s.memory);
    if (s.memory) {
        const Shape in = layers[0].in;
        const Passed *last = s.passed + depth - 1;
        const int64_t K = layers[depth - 1].out.channels;
        lay_out(&s, most, s.memory);
        for (made = 0; made < count; made++, rates += settings->rates) {
            const int64_t B = sizes[made];
            unflatten(in, B, x, in.channels * pixels(in), s.inputs, s.passed->in_stride);
            forward(&s, B, begin + made);
            losses[made] = score(settings, last->outputs, s.g, last->stride, targets, B, K);
            if (!isfinite((float)losses[made]))
                break;
            for (int64_t b = 0; b < B; b++)
                memcpy(outputs + b * K, last->outputs + b * last->stride, K * sizeof *outputs);
            backward(&s, B);
            apply(&s, rates);
            x += B * in.channels * pixels(in);
            outputs += B * K;
            targets = (const char *)targets + B * (settings->loss == CROSS_ENTROPY ? 8 : 4);
        }
    }
    free(s.memory);
    free(s.passed);
    return made;
}
