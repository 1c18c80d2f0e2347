// expects: the second error
static_assert(false, "the first error");
static_assert(false, "the second error");
int main() {}
