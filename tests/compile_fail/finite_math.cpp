// expect: spikeometric: a part of -ffast-math is on
#undef __FINITE_MATH_ONLY__
#define __FINITE_MATH_ONLY__ 1
#include <spikeometric/spikeometric.hpp>

int main() { return 0; }
