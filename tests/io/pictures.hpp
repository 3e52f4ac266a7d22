// SPDX-License-Identifier: BSD-3-Clause
//
// What a reader takes from pictures.
#pragma once

#include <spikeometric/io/svg.hpp>
#include <spikeometric/io/svg_matrix.hpp>
#include <spikeometric/random/hash.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "temporary_file.hpp"

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;

  const std::string& operator[](const std::string& attribute) const { return attributes.at(attribute); }
  double number(const std::string& attribute) const { return std::stod(attributes.at(attribute)); }
};

inline std::string unescaped(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (std::size_t place = 0; (place = text.find('&', place)) != text.npos; ++place) {
    const auto entity = std::find_if(std::begin(entities), std::end(entities), [&](const auto& each) {
      return text.compare(place, std::string(each.first).size(), each.first) == 0;
    });
    if (entity == std::end(entities)) throw std::runtime_error("a bare & in: " + text);
    text.replace(place, std::string(entity->first).size(), entity->second);
  }
  return text;
}

/// The elements of an XML document in the order they open. Throws where it is not well-formed.
inline std::vector<Element> parsed(const std::string& xml) {
  std::vector<Element> elements;
  std::vector<std::size_t> open;
  const auto expect = [](bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error("not well-formed: " + what);
  };
  std::size_t at = 0;
  while (at < xml.size()) {
    const std::size_t tag = std::min(xml.find('<', at), xml.size());
    const std::string text = xml.substr(at, tag - at);
    expect(text.find("]]>") == text.npos, "]]> in text");
    if (!open.empty())
      elements[open.back()].text += unescaped(text);
    else
      expect(text.find_first_not_of("\n") == text.npos, "text outside of the root: " + text);
    if (tag == xml.size()) break;
    const std::size_t end = xml.find('>', tag);
    expect(end != xml.npos, "a tag without end");
    std::istringstream content(xml.substr(tag + 1, end - tag - 1));
    at = end + 1;
    std::string name;
    content >> name;
    if (name[0] == '/') {
      expect(!open.empty() && elements[open.back()].name == name.substr(1), "unexpected <" + name);
      open.pop_back();
      continue;
    }
    expect(!open.empty() || elements.empty(), "a second root");
    Element element{name, {}, {}};
    bool closed = false;
    for (std::string key, value; content >> std::ws && std::getline(content, key, '=');) {
      closed = key == "/";
      if (closed) break;
      expect(content.get() == '"' && std::getline(content, value, '"'), "an attribute of <" + name);
      expect(value.find('<') == value.npos, "< in an attribute of <" + name);
      expect(element.attributes.emplace(key, unescaped(value)).second, "two attributes " + key);
    }
    elements.push_back(element);
    if (!closed) open.push_back(elements.size() - 1);
  }
  expect(open.empty(), "an element that is not closed");
  return elements;
}

template <class Drawn>
std::string svg_of(const Drawn& picture) {
  const TemporaryFile file{".svg"};
  spikeometric::io::write_svg(file.path(), picture);
  return file.content();
}

/// A hash of the bytes of a file.
inline std::uint64_t hash_of(const std::string& text) {
  std::uint64_t sum = 0;
  for (const char c : text) sum = spikeometric::detail::mix(sum ^ static_cast<unsigned char>(c));
  return sum;
}
