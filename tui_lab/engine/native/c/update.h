/* Optimizers of torch.optim. */
#include <math.h>

#include "structures.h"

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
