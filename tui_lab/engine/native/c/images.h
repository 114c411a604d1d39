/* Windows of images. A pixel is a row of a matrix, with its channels as columns. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "structures.h"

static int64_t pixels(Shape shape) { return shape.height * shape.width; }

/* Whether a layer sees nothing but the pixel itself. */
static int pointwise(const Layer *l) { return l->kernel == 1 && l->stride == 1 && l->padding == 0; }

/* Where the pixel (i, j) of the window at (y, x) is in its image; -1 in the padding. */
static int64_t place(const Layer *l, int64_t y, int64_t x, int64_t i, int64_t j) {
    const int64_t row = y * l->stride - l->padding + i, column = x * l->stride - l->padding + j;
    const int inside = row >= 0 && row < l->in.height && column >= 0 && column < l->in.width;
    return inside ? row * l->in.width + column : -1;
}

/* Each window of `count` images becomes a row, channel by channel as in torch's weights (im2col). */
static void gather(const Layer *l, int64_t count, const float *image, int64_t stride, float *windows,
                   int64_t window_stride) {
    const int64_t area = l->kernel * l->kernel;
    for (int64_t b = 0; b < count; b++, image += pixels(l->in) * stride)
        for (int64_t y = 0; y < l->out.height; y++)
            for (int64_t x = 0; x < l->out.width; x++, windows += window_stride)
                for (int64_t k = 0; k < area; k++) {
                    const int64_t from = place(l, y, x, k / l->kernel, k % l->kernel);
                    const float *pixel = image + from * stride;
                    for (int64_t c = 0; c < l->in.channels; c++)
                        windows[c * area + k] = from < 0 ? 0 : pixel[c];
                }
}

/* Add to the pixels of `count` images what their windows have for them: the reverse of `gather`. */
static void scatter(const Layer *l, int64_t count, const float *windows, int64_t window_stride, float *image,
                    int64_t stride) {
    const int64_t area = l->kernel * l->kernel;
    memset(image, 0, count * pixels(l->in) * stride * sizeof *image);
    for (int64_t b = 0; b < count; b++, image += pixels(l->in) * stride)
        for (int64_t y = 0; y < l->out.height; y++)
            for (int64_t x = 0; x < l->out.width; x++, windows += window_stride)
                for (int64_t k = 0; k < area; k++) {
                    const int64_t to = place(l, y, x, k / l->kernel, k % l->kernel);
                    float *pixel = image + to * stride;
                    for (int64_t c = 0; to >= 0 && c < l->in.channels; c++)
                        pixel[c] += windows[c * area + k];
                }
}

/* The largest value of each window, and in `chosen` which pixel of its image has it. */
static void pool(const Layer *l, int64_t count, const float *image, int64_t stride, float *out,
                 int32_t *chosen) {
    for (int64_t b = 0; b < count; b++, image += pixels(l->in) * stride)
        for (int64_t y = 0; y < l->out.height; y++)
            for (int64_t x = 0; x < l->out.width; x++, out += stride, chosen += stride)
                for (int64_t k = 0; k < l->kernel * l->kernel; k++) {
                    const int64_t from = place(l, y, x, k / l->kernel, k % l->kernel);
                    const float *pixel = image + from * stride;
                    for (int64_t c = 0; c < l->in.channels; c++)
                        if (k == 0 || pixel[c] > out[c] || isnan(pixel[c])) {
                            out[c] = pixel[c];
                            chosen[c] = from;
                        }
                }
}

static void unpool(const Layer *l, int64_t count, const float *g, const int32_t *chosen, float *image,
                   int64_t stride) {
    memset(image, 0, count * pixels(l->in) * stride * sizeof *image);
    for (int64_t b = 0; b < count; b++, image += pixels(l->in) * stride)
        for (int64_t p = 0; p < pixels(l->out); p++, g += stride, chosen += stride)
            for (int64_t c = 0; c < l->in.channels; c++)
                image[chosen[c] * stride + c] += g[c];
}

/* From pixels to rows of values (B, C * H * W), in torch's order, and back. */
static void flatten(Shape shape, int64_t count, const float *image, int64_t stride, float *row,
                    int64_t row_stride) {
    for (int64_t b = 0; b < count; b++, row += row_stride)
        for (int64_t p = 0; p < pixels(shape); p++, image += stride)
            for (int64_t c = 0; c < shape.channels; c++)
                row[c * pixels(shape) + p] = image[c];
}

static void unflatten(Shape shape, int64_t count, const float *row, int64_t row_stride, float *image,
                      int64_t stride) {
    for (int64_t b = 0; b < count; b++, row += row_stride)
        for (int64_t p = 0; p < pixels(shape); p++, image += stride)
            for (int64_t c = 0; c < shape.channels; c++)
                image[c] = row[c * pixels(shape) + p];
}
