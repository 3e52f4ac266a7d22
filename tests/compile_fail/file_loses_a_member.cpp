// expect: spikeometric: a file of parameters would lose the members of this policy
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Tabulated {
  double first = 0.0;
  std::array<double, 2> table = {1.0, 2.0};  // not listed

  static constexpr auto parameters() {
    return std::tuple{
        sk::parameter("first", &Tabulated::first, "1", sk::bounds::any_number, "input of the first value")};
  }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return Real(table[0]) * g;
  }
};

int main() { sk::io::write_parameters("model.json", sk::cascade().with_nonlinearity(Tabulated{})); }
