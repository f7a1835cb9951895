/* What drivers do: a command queue, the walk of a page table, a list of mappings, a call by pointer; nothing that a
 * compiler could leave out. */
typedef unsigned long u64;
typedef unsigned int u32;

struct command {
    u64 words[2];
};
struct mapping {
    struct mapping* next;
    u64 key, value;
};
typedef u64 (*handler)(u64);

/* The device: what to do, how often; a write to `done` ends the interrupt. */
struct device {
    u64 what, times, poll, done;
};
#define DEVICE ((volatile struct device*)0x10000000)
enum { interrupt_only, work, poll };

void prepare(void);
void turns(u64 count);
void interrupt(void);

static struct command queue[256];
static u64 table[4][512];
static struct mapping mappings[64];
static u32 produced, consumed;
static handler handlers[2];
static u64 sum;

__attribute__((noinline)) static void put(u64 a, u64 b)
{
    struct command* c = &queue[produced & 255];
    c->words[0] = a;
    c->words[1] = b;
    produced++;
}

__attribute__((noinline)) static int take(struct command* out)
{
    if (consumed == produced)
        return 0;
    *out = queue[consumed & 255];
    consumed++;
    return 1;
}

__attribute__((noinline)) static u64 walk(u64 va)
{
    u64* t = table[0];
    for (int level = 0; level < 3; level++) {
        u64 d = t[va >> (30 - 9 * level) & 511];
        if (!(d & 1))
            return 0;
        t = table[d >> 12 & 3];
    }
    return t[va >> 3 & 511];
}

__attribute__((noinline)) static struct mapping* find(struct mapping* m, u64 key)
{
    while (m && m->key != key)
        m = m->next;
    return m;
}

__attribute__((noinline)) static u64 add_one(u64 x)
{
    return x + 1;
}

__attribute__((noinline)) static u64 flip(u64 x)
{
    return x ^ 0x55;
}

void prepare(void)
{
    handlers[0] = add_one;
    handlers[1] = flip;
    for (u64 i = 0; i < 512; i++) {
        table[0][i] = 0x1001;
        table[1][i] = 0x2001;
        table[2][i] = 0x3001;
        table[3][i] = i;
    }
    for (u64 i = 0; i < 64; i++) {
        mappings[i].key = i;
        mappings[i].next = i ? &mappings[i - 1] : 0;
    }
}

/* Also called by the floor, which has no device. */
void turns(u64 count)
{
    for (u64 i = 0; i < count; i++) {
        struct command c;
        put(i << 12, sum);
        if (take(&c))
            sum += walk(c.words[0]) + c.words[1];
        struct mapping* m = find(&mappings[63], 56 + (i & 7));
        if (m)
            m->value += handlers[i & 1](sum);
    }
}

void interrupt(void)
{
    u64 times = DEVICE->times;
    switch (DEVICE->what) {
    case work: turns(times); break;
    case poll:
        while (times-- > 0)
            sum += DEVICE->poll;
        break;
    default: break;
    }
    DEVICE->done = sum;
}
