// SPDX-License-Identifier: BSD-3-Clause
//
// Reads objects of HDF5 files with the library of the HDF Group.
//
// Needs HDF5 1.10 or newer, such as Debian's libhdf5-dev.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io::detail {

/// An identifier of HDF5, closed at the end of its life.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) : id_(id) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }

  bool valid() const { return id_ >= 0; }
  operator hid_t() const { return id_; }

 private:
  hid_t id_ = -1;
};

/// Keeps HDF5 from printing its errors, on this thread and during its life.
class Hdf5Silence {
 public:
  Hdf5Silence() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  Hdf5Silence(const Hdf5Silence&) = delete;
  Hdf5Silence& operator=(const Hdf5Silence&) = delete;
  ~Hdf5Silence() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// A group or a dataset, and its path in the file.
struct Hdf5Object {
  Hdf5Handle id;
  std::string path;

  bool is_group() const { return H5Iget_type(id) == H5I_GROUP; }
  bool is_dataset() const { return H5Iget_type(id) == H5I_DATASET; }
};

/// What the elements of a dataset are.
enum class Hdf5Kind { integer, real, text, reference, other };

/// A file that is open for reading. Throws FileError, with the path of the file and of the object, for whatever cannot
/// be read.
class Hdf5File {
 public:
  explicit Hdf5File(const std::string& path) : path_(path) {
    file_ = Hdf5Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    if (!file_.valid())
      throw FileError(path_, "cannot be opened as an HDF5 file" + reason() +
                                 (path.ends_with(".mat") ? "; MATLAB writes HDF5 with -v7.3" : ""));
  }

  const std::string& path() const { return path_; }

  [[noreturn]] void fail(const Hdf5Object& object, const std::string& what) const {
    throw FileError(path_, object.path + " " + what);
  }

  /// The group or dataset at a path; relative paths begin at the root.
  Hdf5Object open(const std::string& path) const {
    Hdf5Object object{Hdf5Handle(H5Oopen(file_, path.c_str(), H5P_DEFAULT)), path.starts_with('/') ? path : "/" + path};
    if (!object.is_group() && !object.is_dataset()) {
      H5Eclear2(H5E_DEFAULT);
      throw FileError(path_, "has no group or dataset " + object.path + "; " + contents(open("/")));
    }
    return object;
  }

  /// The member of a group; none if there is none of this name that can be opened.
  std::optional<Hdf5Object> member(const Hdf5Object& group, const std::string& name) const {
    Hdf5Object object{Hdf5Handle(H5Oopen(group.id, name.c_str(), H5P_DEFAULT)),
                      (group.path == "/" ? "" : group.path) + "/" + name};
    if (object.is_group() || object.is_dataset()) return object;
    H5Eclear2(H5E_DEFAULT);
    return {};
  }

  /// The names of the members of a group, in ascending order.
  std::vector<std::string> members(const Hdf5Object& group) const {
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
      try {
        static_cast<std::vector<std::string>*>(to)->emplace_back(name);
        return 0;
      } catch (...) {
        return -1;  // out of memory: no exception may pass through C
      }
    };
    if (H5Literate(group.id, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &names) < 0)
      fail(group, "cannot be read as a group" + reason());
    return names;
  }

  /// What a group holds, for messages: "/ has group a, dataset b (100 real numbers)".
  std::string contents(const Hdf5Object& group) const {
    constexpr std::size_t max_members = 12;
    std::string text = group.path + " has";
    std::size_t number = 0;
    for (const std::string& name : members(group)) {
      if (name.starts_with('#')) continue;  // of MATLAB
      if (number++ == max_members) return text + ", ...";
      const auto object = member(group, name);
      text.append(number > 1 ? ", " : " ");
      text.append(!object ? "link " : object->is_group() ? "group " : "dataset ").append(name);
      if (object && object->is_dataset()) text.append(" (").append(description(*object)).append(")");
    }
    return number > 0 ? text : text + " no members";
  }

  /// "3 x 4 integers".
  std::string description(const Hdf5Object& dataset) const {
    constexpr const char* kinds[] = {"integers", "real numbers", "texts", "references", "elements of another type"};
    std::string text;
    for (const hsize_t extent : shape(dataset)) text += (text.empty() ? "" : " x ") + std::to_string(extent);
    return (text.empty() ? "1" : text) + " " + kinds[static_cast<int>(kind(dataset))];
  }

  /// Empty for a single element that is no array.
  std::vector<hsize_t> shape(const Hdf5Object& dataset) const {
    const Hdf5Handle space(H5Dget_space(dataset.id));
    if (!space.valid()) fail(dataset, "cannot be read" + reason());
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
    std::vector<hsize_t> extents(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    return extents;
  }

  Hdf5Kind kind(const Hdf5Object& dataset) const {
    switch (H5Tget_class(Hdf5Handle(H5Dget_type(dataset.id)))) {
      case H5T_INTEGER:
        return Hdf5Kind::integer;
      case H5T_FLOAT:
        return Hdf5Kind::real;
      case H5T_STRING:
        return Hdf5Kind::text;
      case H5T_REFERENCE:
        return Hdf5Kind::reference;
      default:
        return Hdf5Kind::other;
    }
  }

  bool has_numbers(const Hdf5Object& dataset) const { return kind(dataset) <= Hdf5Kind::real; }

  /// Whether all extents but one are 1.
  bool is_vector(const Hdf5Object& dataset) const {
    const auto extents = shape(dataset);
    return std::count_if(extents.begin(), extents.end(), [](hsize_t extent) { return extent != 1; }) <= 1;
  }

  hsize_t size(const Hdf5Object& dataset) const {
    hsize_t size = 1;
    for (const hsize_t extent : shape(dataset)) size *= extent;
    return size;
  }

  /// The spacing of the numbers that a dataset can hold, relative to their size; at most that of double.
  double precision(const Hdf5Object& dataset) const {
    const Hdf5Handle type(H5Dget_type(dataset.id));
    if (H5Tget_class(type) != H5T_FLOAT) return 0x1p-52;
    return H5Tget_size(type) == 2 ? 0x1p-10 : H5Tget_size(type) == 4 ? 0x1p-23 : 0x1p-52;
  }

  /// Whether the elements are integers that a signed number of 64 bits may not hold.
  bool is_uint64(const Hdf5Object& dataset) const {
    const Hdf5Handle type(H5Dget_type(dataset.id));
    return H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) >= 8 && H5Tget_sign(type) == H5T_SGN_NONE;
  }

  /// Calls visit(value) for the elements of a vector of numbers. Reads it once, in pieces of whole chunks.
  template <class Number, class Visit>
  void visit(const Hdf5Object& dataset, Visit visit) const {
    if (!dataset.is_dataset() || !has_numbers(dataset) || !is_vector(dataset))
      fail(dataset, dataset.is_dataset() ? "has " + description(dataset) + "; expected a vector of numbers"
                                         : "is a group; expected a vector of numbers");
    const auto extents = shape(dataset);
    const auto axis = static_cast<std::size_t>(
        std::find_if(extents.begin(), extents.end(), [](hsize_t extent) { return extent != 1; }) - extents.begin());
    const hsize_t length = size(dataset);
    hsize_t piece = hsize_t{1} << 20;
    const Hdf5Handle creation(H5Dget_create_plist(dataset.id));
    if (std::vector<hsize_t> chunk(extents.size()); axis < extents.size() && H5Pget_layout(creation) == H5D_CHUNKED) {
      H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
      if (chunk[axis] > 0) piece = (piece + chunk[axis] - 1) / chunk[axis] * chunk[axis];
    }
    const Hdf5Handle in_file(H5Dget_space(dataset.id));
    std::vector<Number> values;
    for (hsize_t first = 0; first < length; first += piece) {
      const hsize_t count = std::min(piece, length - first);
      values.resize(count);
      const Hdf5Handle in_memory(H5Screate_simple(1, &count, nullptr));
      if (axis < extents.size()) {
        std::vector<hsize_t> start(extents.size(), 0), counts(extents.size(), 1);
        start[axis] = first, counts[axis] = count;
        H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start.data(), nullptr, counts.data(), nullptr);
      }
      if (H5Dread(dataset.id, type<Number>(), in_memory, in_file, H5P_DEFAULT, values.data()) < 0)
        fail(dataset, "cannot be read" + reason());
      for (const Number value : values) visit(value);
    }
  }

  /// A vector of numbers.
  template <class Number>
  std::vector<Number> numbers(const Hdf5Object& dataset) const {
    std::vector<Number> result;
    if (dataset.is_dataset()) result.reserve(size(dataset));
    visit<Number>(dataset, [&](Number value) { result.push_back(value); });
    return result;
  }

  /// All numbers of a matrix, as they are stored: the last index is the fastest.
  std::vector<double> matrix(const Hdf5Object& dataset) const {
    std::vector<double> values(size(dataset));
    if (H5Dread(dataset.id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      fail(dataset, "cannot be read" + reason());
    return values;
  }

  /// A vector of texts.
  std::vector<std::string> texts(const Hdf5Object& dataset) const {
    const Hdf5Handle type(H5Dget_type(dataset.id)), space(H5Dget_space(dataset.id));
    return texts(dataset, type, space,
                 [&](hid_t as, void* to) { return H5Dread(dataset.id, as, H5S_ALL, H5S_ALL, H5P_DEFAULT, to); });
  }

  /// The text of an attribute; none if there is none of this name that is a text.
  std::optional<std::string> attribute(const Hdf5Object& object, const char* name) const {
    if (H5Aexists(object.id, name) <= 0) return {};
    const Hdf5Handle attribute(H5Aopen(object.id, name, H5P_DEFAULT));
    const Hdf5Handle type(H5Aget_type(attribute)), space(H5Aget_space(attribute));
    if (H5Tget_class(type) != H5T_STRING) return {};
    const auto all = texts(object, type, space, [&](hid_t as, void* to) { return H5Aread(attribute, as, to); });
    return all.empty() ? std::optional<std::string>{} : all[0];
  }

  bool has_attribute(const Hdf5Object& object, const char* name) const { return H5Aexists(object.id, name) > 0; }

  /// The objects that a dataset refers to.
  std::vector<Hdf5Object> referenced(const Hdf5Object& dataset) const {
    std::vector<hobj_ref_t> references(size(dataset));
    if (H5Dread(dataset.id, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references.data()) < 0)
      fail(dataset, "cannot be read" + reason());
    std::vector<Hdf5Object> objects;
    for (std::size_t i = 0; i < references.size(); ++i) {
      Hdf5Object object{Hdf5Handle(H5Rdereference2(dataset.id, H5P_DEFAULT, H5R_OBJECT, &references[i])),
                        dataset.path + ", element " + std::to_string(i + 1) + ","};
      if (!object.id.valid()) fail(object, "refers to nothing" + reason());
      objects.push_back(std::move(object));
    }
    return objects;
  }

 private:
  template <class Number>
  static hid_t type() {
    if constexpr (std::is_same_v<Number, double>)
      return H5T_NATIVE_DOUBLE;
    else if constexpr (std::is_same_v<Number, std::int64_t>)
      return H5T_NATIVE_INT64;
    else
      return H5T_NATIVE_UINT64;
  }

  /// Reads texts of fixed or variable length by read(type, memory).
  template <class Read>
  std::vector<std::string> texts(const Hdf5Object& object, hid_t type, hid_t space, Read read) const {
    const auto number = static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
    std::vector<std::string> result;
    result.reserve(number);
    if (H5Tis_variable_str(type) > 0) {
      std::vector<char*> pointers(number, nullptr);
      const Hdf5Handle as(H5Tcopy(H5T_C_S1));
      H5Tset_size(as, H5T_VARIABLE);
      H5Tset_cset(as, H5Tget_cset(type));
      if (read(as, pointers.data()) < 0) fail(object, "cannot be read" + reason());
      for (const char* text : pointers) result.emplace_back(text ? text : "");
      H5Dvlen_reclaim(as, space, H5P_DEFAULT, pointers.data());
    } else {
      const std::size_t length = H5Tget_size(type);
      std::string all(number * length, '\0');
      if (read(type, all.data()) < 0) fail(object, "cannot be read" + reason());
      for (std::size_t i = 0; i < number; ++i) {
        std::string_view text = std::string_view(all).substr(i * length, length);
        text = text.substr(0, text.find('\0'));
        while (text.ends_with(' ')) text.remove_suffix(1);
        result.emplace_back(text);
      }
    }
    return result;
  }

  /// What HDF5 says of its last error: ": the cause", or nothing.
  static std::string reason() {
    std::string text;
    const auto visit = [](unsigned depth, const H5E_error2_t* error, void* to) -> herr_t {
      try {
        if (depth == 0 && error->desc) *static_cast<std::string*>(to) = std::string(": ") + error->desc;
      } catch (...) {
        return -1;
      }
      return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &text);
    H5Eclear2(H5E_DEFAULT);
    return text;
  }

  Hdf5Silence silence_;
  std::string path_;
  Hdf5Handle file_;
};

}  // namespace spikeometric::io::detail
