static_assert(false, "an error that nobody expects");
int main() {}
