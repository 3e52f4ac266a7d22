// expect: spikeometric: this stimulus does not list its parameters
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/spikeometric.hpp>
#include <spikeometric/stimulus/list.hpp>

int main() {
  namespace sk = spikeometric;
  sk::io::write_parameters("all.json", sk::BernoulliGLM{}, sk::StimulusList{});
}
