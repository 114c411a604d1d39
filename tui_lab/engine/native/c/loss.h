/* Losses of torch.nn. */
#include <math.h>

#include "structures.h"

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
