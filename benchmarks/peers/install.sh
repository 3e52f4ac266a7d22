#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Installs the simulators that compare.py runs beside this one, from PyPI, each in a virtual environment of its own;
# one that cannot be had does not stop the others. About 7 GB, most of it PyTorch's.
#
#   sh benchmarks/peers/install.sh [FOLDER]           FOLDER: build/peers; PYTHON: python3.11
set -u
folder=${1:-$(dirname "$0")/../../build/peers}
python=${PYTHON:-python3.11}
mkdir -p "$folder" || exit 1
had=0

# install NAME REQUIREMENT...
install() {
  name=$1
  shift
  environment=$folder/$name
  log=$folder/$name.log
  if "$python" -m venv --clear "$environment" >"$log" 2>&1 &&
    "$environment/bin/python" -m pip install --disable-pip-version-check "$@" >>"$log" 2>&1; then
    echo "$name: installed"
    had=$((had + 1))
  else
    rm -rf "$environment"
    echo "$name: cannot be had: $(grep -E '^ERROR|[Ee]rror:|not found' "$log" | tail -n 1) (see $log)"
  fi
}

install spikeometric spikeometric==1.0.3 torch==2.1.2 torch_geometric==2.6.1 numpy==1.23.5 scipy==1.15.3 'setuptools<70'
install brian2 brian2==2.9.0 cython==3.3.1 numpy==1.26.4 scipy==1.17.1 setuptools
install nest nest-simulator==3.10.0 numpy==2.4.6 scipy==1.17.1
install nemos nemos==0.2.8 jax==0.10.2 numpy==2.4.6 scipy==1.17.1
install scikit_learn scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 # for fits
[ "$had" -gt 0 ]
