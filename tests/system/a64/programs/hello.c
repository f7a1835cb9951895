#include "programs/test.h"

void test_main(uint64_t tree)
{
	(void)tree;
	boot_print("hello\n");
	pass();
}
