// SPDX-License-Identifier: BSD-3-Clause
//
// Iterators of containers that return their elements by value.
//
//   using Iterator = sk::detail::IndexIterator<Dataset>;
//   Iterator begin() const { return {*this, 0}; }
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace spikeometric::detail {

/// Input iterator over container[0], container[1], ..., by value. The container must outlive it.
template <class Container>
class IndexIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = decltype(std::declval<const Container&>()[std::size_t{}]);
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = value_type;

  IndexIterator() = default;
  IndexIterator(const Container& container, std::size_t index) : container_(&container), index_(index) {}

  value_type operator*() const { return (*container_)[index_]; }
  IndexIterator& operator++() {
    ++index_;
    return *this;
  }
  IndexIterator operator++(int) { return {*container_, index_++}; }
  friend bool operator==(const IndexIterator& a, const IndexIterator& b) { return a.index_ == b.index_; }

 private:
  const Container* container_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace spikeometric::detail
