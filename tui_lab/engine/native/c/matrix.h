/* Matrices whose rows are padded to whole vectors. */
#include <stdint.h>
#include <string.h>

#define LANES 8
#define WIDTH 16
#define ROWS 4
typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static int64_t padded(int64_t count, int64_t to) { return (count + to - 1) / to * to; }

/* C (M, N) = A (M, K) B (K, N), or that is added to C. Element (m, k) of A is at m * a_m + k * a_k. Rows of A and C are read and
 * written up to a multiple of ROWS, columns of B and C up to a multiple of WIDTH. */
static void multiply(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k,
                     const float *B, int64_t b_k, float *C, int64_t c_m, int add) {
    for (int64_t n = 0; n < N; n += WIDTH)
        for (int64_t m = 0; m < M; m += ROWS) {
            const float *a = A + m * a_m, *b = B + n;
            Vector c[ROWS][WIDTH / LANES] = {0};
            for (int r = 0; add && r < ROWS; r++)
                memcpy(c[r], C + (m + r) * c_m + n, sizeof c[r]);
            for (int64_t k = 0; k < K; k++, a += a_k, b += b_k)
                for (int w = 0; w < WIDTH / LANES; w++) {
                    Vector next;
                    memcpy(&next, b + w * LANES, sizeof next);
                    for (int r = 0; r < ROWS; r++)
                        c[r][w] += a[r * a_m] * next;
                }
            for (int r = 0; r < ROWS; r++)
                for (int w = 0; w < WIDTH / LANES; w++) /* each from its register, not from memory */
                    memcpy(C + (m + r) * c_m + n + w * LANES, &c[r][w], sizeof c[r][w]);
        }
}

/* Copy a matrix (rows, columns) into padded rows, whose padding is set to 0. */
static void pad(const float *from, int64_t rows, int64_t columns, float *to, int64_t to_m) {
    for (int64_t m = 0; m < rows; m++) {
        memcpy(to + m * to_m, from + m * columns, columns * sizeof *to);
        memset(to + m * to_m + columns, 0, (to_m - columns) * sizeof *to);
    }
}
