// SPDX-License-Identifier: BSD-3-Clause
//
// What an exception says: check_message<InvalidGraph>([] { Graph{EdgeList{0}}; }, {"at least one neuron"}).
#pragma once

#include <initializer_list>
#include <string>

#include "catch.hpp"

/// Checks that the call throws an Exception whose message holds all the parts.
template <class Exception, class Call>
void check_message(Call call, std::initializer_list<std::string> parts) {
  try {
    call();
  } catch (const Exception& exception) {
    const std::string message = exception.what();
    for (const std::string& part : parts) {
      INFO("the message is: " << message << "\nit should say: " << part);
      CHECK(message.find(part) != message.npos);
    }
    return;
  }
  FAIL_CHECK("nothing was thrown");
}
