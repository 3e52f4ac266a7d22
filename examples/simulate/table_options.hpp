// SPDX-License-Identifier: BSD-3-Clause
//
// The options of the command line on how to read the files of networks.
#pragma once

#include <spikeometric/io/network_options.hpp>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "usage.hpp"

namespace driver {

/// pre=source,post=3,...: columns by name or number.
inline sk::io::TableColumns table_columns(const std::string& text) {
  sk::io::TableColumns columns;
  for (const auto& part : split(text, ',')) {
    const auto [name, column] = setting(part);
    bool known = false;
    for (const auto& [key, member] :
         {std::pair{"pre", &sk::io::TableColumns::pre}, std::pair{"post", &sk::io::TableColumns::post},
          std::pair{"weight", &sk::io::TableColumns::weight}, std::pair{"delay", &sk::io::TableColumns::delay},
          std::pair{"id", &sk::io::TableColumns::id}, std::pair{"name", &sk::io::TableColumns::name},
          std::pair{"population", &sk::io::TableColumns::population}, std::pair{"sign", &sk::io::TableColumns::sign},
          std::pair{"neurotransmitter", &sk::io::TableColumns::neurotransmitter}})
      if (name == key) columns.*member = column, known = true;
    if (!known)
      throw std::invalid_argument("'" + name +
                                  "' is not a column; known columns: pre, post, weight, delay, id, name, " +
                                  "population, sign, neurotransmitter");
  }
  return columns;
}

/// Adds the options that every program with a network file has. `file` is the option of that file.
inline void add_table_options(CLI::App& app, CLI::Option* file, sk::io::NetworkFileOptions& options) {
  const auto add = [&app, file](const std::string& name, auto set, const std::string& help) {
    return app
        .add_option_function<std::string>(
            name, [name, set](const std::string& text) { checked(name, [&] { set(text); }); }, help)
        ->needs(file);
  };
  const auto one_of = [](auto& value, const std::string& text) {
    const auto names = names_of(value);
    std::string known;
    for (std::size_t i = 0; i < names.size(); ++i) {
      enlist(known, names[i]);
      if (text == names[i]) return void(value = static_cast<std::decay_t<decltype(value)>>(i));
    }
    throw std::invalid_argument("'" + text + "' must be one of: " + known);
  };
  add(
      "--ids", [&, one_of](const std::string& text) { one_of(options.ids, text); },
      "what ids of neurons in tables are: index (kept as they are), name\n"
      "(numbered in sorted order), or automatic (the default): dense\n"
      "integers are indices");
  add(
      "--base", [&](const std::string& text) { options.base = number<std::uint64_t>(text); },
      "index of the first neuron in tables, 0 or 1");
  add(
      "--duplicates",
      [&](const std::string& text) {
        if (text != "refuse" && text != "sum") throw std::invalid_argument("'" + text + "' must be refuse or sum");
        options.duplicates = text == "sum" ? sk::Duplicates::sum : sk::Duplicates::refuse;
      },
      "refuse (the default) or sum synapses of the same neurons and delay");
  add(
      "--columns", [&](const std::string& text) { options.columns = table_columns(text); },
      "pre=NAME,post=NAME,weight=NAME,...: columns of tables, by name or by\n"
      "number from 0; also delay and, of the neurons: id, name, population,\n"
      "sign, neurotransmitter");
  add(
      "--separator",
      [&](const std::string& text) {
        for (const auto& [name, character] :
             {std::pair{"comma", ','}, std::pair{"tab", '\t'}, std::pair{"semicolon", ';'}, std::pair{"blank", ' '}})
          if (text == name) return void(options.separator = character);
        if (text.size() != 1)
          throw std::invalid_argument("'" + text + "' must be comma, tab, semicolon, blank or one character");
        options.separator = text[0];
      },
      "separator of columns: comma, tab, semicolon, blank or a character");
  add(
      "--header",
      [&](const std::string& text) {
        if (text != "yes" && text != "no") throw std::invalid_argument("'" + text + "' must be yes or no");
        options.header = text == "yes";
      },
      "yes or no: whether the first line of a table names its columns");
  add(
      "--layout", [&, one_of](const std::string& text) { one_of(options.layout, text); },
      "what the lines of a table are: synapses, matrix, or automatic");
  add(
      "--nodes", [&](const std::string& text) { options.nodes = text; },
      "table of the neurons: their ids, and any of name, population, and sign\n"
      "or neurotransmitter");
  add(
      "--inhibitory", [&](const std::string& text) { options.inhibitory = split(text, ','); },
      "A,B,...: neurotransmitters of inhibitory neurons, GABA if omitted");
}

}  // namespace driver
