// expects: anything
int main() {}
