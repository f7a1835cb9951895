/* What the compiler calls by itself, also for freestanding programs. */

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
	return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;

	if (t <= f) {
		for (; size >= 8; size -= 8, t += 8, f += 8) {
			uint64_t word;

			/* Through the compiler's own, which is one load and one store here. */
			__builtin_memcpy(&word, f, 8);
			__builtin_memcpy(t, &word, 8);
		}
		while (size--)
			*t++ = *f++;
	} else {
		while (size--)
			t[size] = f[size];
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	char *t = to;
	const uint64_t word = (uint8_t)value * 0x0101010101010101ull;

	for (; size >= 8; size -= 8, t += 8)
		__builtin_memcpy(t, &word, 8);
	while (size--)
		*t++ = (char)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}
