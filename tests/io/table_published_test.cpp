// SPDX-License-Identifier: BSD-3-Clause
//
// Tables as people publish them. What each means is derived by hand.
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "tables.hpp"
#include "temporary_file.hpp"

TEST_CASE("commas, tabs, semicolons and blanks separate, found from the lines or given") {
  const std::string content = GENERATE(
      as<std::string>{}, "pre,post,weight\n0,1,0.5\n2,0,-1.25\n", "pre\tpost\tweight\n0\t1\t0.5\n2\t0\t-1.25\n",
      "pre;post;weight\n0;1;0.5\n2;0;-1.25\n", "pre post weight\n0 1 0.5\n2 0 -1.25\n",
      "  pre  post weight\n  0     1   0.5  \n\t2 0 -1.25\r\n", "\"pre\" \"post\" \"weight\"\n0 1 \"0.5\"\n2 0 -1.25\n",
      "pre;post;weight;note\n0;1;0.5;a, b\n2;0;-1.25;c, d\n",
      "pre\tpost\tweight\tnote\n0\t1\t0.5\tone two\n2\t0\t-1.25\tthree\n");
  INFO(content);
  CHECK(read(content) == three);
  CHECK(read("pre|post|weight\n0|1|0.5\n2|0|-1.25\n", {.separator = '|'}) == three);
  // By what the lines say, this is two columns of three words; by what is given, it is three columns.
  CHECK(read("a b,c d,3\n", {.header = false}).synapses() == 1);
  check_refused("pre;post;weight\n0;1;1\n", ":1: ", {"missing column `pre`", "found 1 column: pre;post;weight"},
                {.separator = ','});
}

TEST_CASE("without a header, the columns are pre, post and weight") {
  CHECK(read("0,1,0.5\n2,0,-1.25\n") == three);
  CHECK(read("0 1 0.5\n2 0 -1.25\n") == three);
  CHECK(read("0\t1\n2\t0\n0\t2\n") == graph_of(3, {{0, 1, 1}, {2, 0, 1}, {0, 2, 1}}));
  CHECK(network("AL,BL,3\nBL,CR,1\n").names == NeuronNames{{"AL", "BL", "CR"}});
  CHECK(network("AL,BL\nBL,CR\n", {.header = false}).graph.synapses() == 2);
  CHECK(read("# FromNodeId\tToNodeId\n0\t1\n1\t2\n2\t0\n0\t2\n").synapses() == 4);  // as SNAP writes it
  CHECK(read("# weight post pre\n0.5 1 0\n-1.25 0 2\n") == three);                  // as numpy.savetxt writes it
  check_refused("AL,BL\nBL,CR\n", ":1: ", {"missing column `pre`", "found 2 columns: AL, BL", "no header"});
  check_refused("1,0,1,0.5\n1,0,2,0.5\n", ": ", {"no header", "found 4 columns", "choose columns"});
}

TEST_CASE("columns with usual names are found, and others are chosen by name or number") {
  for (const char* header :
       {"pre,post,weight", "source,target,weight", "Source,Target,Weight", "from,to,w",
        "pre_root_id,post_root_id,syn_count", "Neuron1,Neuron2,N", "Neuron 1,Neuron 2,Nbr",
        "bodyId_pre,bodyId_post,weight", "PRE,POST,count", "pre_pt_root_id,post_pt_root_id,n_syn"}) {
    INFO(header);
    const auto found = network(std::string(header) + "\n0,1,0.5\n2,0,-1.25\n");
    CHECK(found.graph == three);
    CHECK(found.notes.empty());
  }
  const std::string content = "a,b,c,d\n0.5,9,0,1\n-1.25,9,2,0\n";
  CHECK(read(content, {.columns = {.pre = "c", .post = "d", .weight = "a"}}) == three);
  CHECK(read(content, {.columns = {.pre = "2", .post = "3", .weight = "0"}}) == three);
  CHECK(read("0.5,9,0,1\n-1.25,9,2,0\n", {.columns = {.pre = "2", .post = "3", .weight = "0"}}) == three);
  CHECK(read("pre,post,weight,to\n0,9,0.5,1\n2,9,-1.25,0\n", {.columns = {.post = "to"}}) == three);
  CHECK(read("x,y,weight,d\n0,1,2,7\n", {.columns = {.pre = "x", .post = "y", .delay = "d"}}) ==
        graph_of(2, {{0, 1, 2.0f, 7}}));
  check_refused(content, ":1: ", {"missing column `pre`", "found 4 columns: a, b, c, d", "choose columns"});
  check_refused(content, ":1: ", {"missing column `e`", "found 4 columns"}, {.columns = {.pre = "e", .post = "d"}});
  check_refused(content, ":1: ", {"missing column `4`"}, {.columns = {.pre = "4", .post = "d"}});
}

TEST_CASE("without a column of weights every weight is 1, and unused columns are noted") {
  const auto one = network("pre,post\n0,1\n2,0\n");
  CHECK(one.graph == graph_of(3, {{0, 1, 1}, {2, 0, 1}}));
  check_notes(one, {"every weight is 1"});
  check_notes(network("id,pre,post,weight,note\n7,0,1,0.5,x\n"), {"id, note"});
}

TEST_CASE("a quoted field holds separators, quotes and line ends") {
  CHECK(read("id,pre,post,weight,note\n7,0,1,0.5,\"soma, left\"\n8,2,0,-1.25,\"ok\"\n") == three);
  CHECK(read("note,pre,post,weight\n\"one\n\ntwo, three\",0,1,0.5\n\"\"\"x\"\"\",2,0,-1.25\n") == three);
  CHECK(network("pre,post\n\"a,\"\"b\"\"\",c\n").names == NeuronNames{{"a,\"b\"", "c"}});
  check_refused("note,pre,post,weight\n\"a\nb\",0,1,1\n\"c\",0,1,1\n", ":4: ", {"0 -> 1 occurs 2 times"});
  check_refused("note,pre,post,weight\n\"a\nb\",0,1,x\n", ":3: ", {"weight 'x'"});
  check_refused("pre,post,weight\n\"0,1,0.5\n2,0,-1.25\n", ":3: ", {"a quote is not closed"});
  check_refused("pre,post,weight\n\"0\"1,1,0.5\n", ":2: ", {"text after a closing quote"});
}

TEST_CASE("comments and blank lines are ignored") {
  CHECK(read("# a table\n%\n\npre,post,weight\n# 9,9,9\n0,1,0.5\n\n  % x\n2,0,-1.25\n#\n") == three);
  check_refused("# none\npre,post,weight\n0,1,1\n# none\n\n0,1,1\n", ":6: ", {"0 -> 1 occurs 2 times"});
  check_refused("# nothing\n\n", ": ", {"no synapses"});
}

TEST_CASE("numbers are read as people write them") {
  const auto graph = read("pre,post,weight\n0,1,+0.5\n1,2,1e-3\n2,0,1.5E+2\n0,2,.5\n1,0,5.\n");
  CHECK(graph == graph_of(3, {{0, 1, 0.5f}, {1, 2, 0.001f}, {2, 0, 150}, {0, 2, 0.5f}, {1, 0, 5}}));
  CHECK(read("pre,post,weight\n0.0,1.0,0.5\n+2,0.,-1.25\n") == three);
  CHECK(read("pre,post,weight\n0,1,1234567\n1,0,12345678\n") == graph_of(2, {{0, 1, 1234567}, {1, 0, 12345678}}));
  for (const char* weight : {"+", "++1", "+-1", "1e", "--1", "1,5"})
    check_refused("pre;post;weight\n0;1;" + std::string(weight) + "\n",
                  ":2: ", {"weight '" + std::string(weight) + "'"});
}

TEST_CASE("dense integers are indices, and other ids are names in sorted order") {
  // The largest is below 4 x 2 + 16.
  CHECK(network("pre,post\n0,23\n").graph.neurons() == 24);
  const auto sparse = network("pre,post,weight\n29,3000000,9\n29,946951,1\n946951,29,2\n0,29,7\n");
  CHECK(sparse.graph == graph_of(4, {{1, 3, 9}, {1, 2, 1}, {2, 1, 2}, {0, 1, 7}}));
  CHECK(sparse.names == NeuronNames{{"0", "29", "946951", "3000000"}});  // as numbers, not as text
  check_notes(sparse, {"mapped to indices in sorted order: 0 is neuron 0, 29 is neuron 1, 946951 is neuron 2, ..."});

  const auto words = network("Source,Target,Weight,Type\nAL , BL        ,3,chemical\nBL , CR ,1,x\nCR , AL ,2,y\n");
  CHECK(words.graph == graph_of(3, {{0, 1, 3}, {1, 2, 1}, {2, 0, 2}}));
  CHECK(words.names == NeuronNames{{"AL", "BL", "CR"}});

  const auto large =
      network("pre,post\n720575940628857210,720575940628857209\n720575940628857209,18446744073709551615\n");
  CHECK(large.graph == graph_of(3, {{1, 0, 1}, {0, 2, 1}}));
  CHECK(large.names == NeuronNames{{"720575940628857209", "720575940628857210", "18446744073709551615"}});
}

TEST_CASE("the options decide whether ids are indices or names") {
  const std::string sparse = "pre,post\n29,30000\n";
  CHECK(network(sparse, {.ids = Ids::index}).graph.neurons() == 30001);
  CHECK(network(sparse, {.neurons = 40000}).graph.neurons() == 40000);
  CHECK(network(sparse, {.neurons = 40000}).names.empty());
  CHECK(network("pre,post\n1,10\n10,9\n", {.ids = Ids::name}).names == NeuronNames{{"1", "9", "10"}});
  CHECK(network("pre,post\n1,10\n10,9\n", {.ids = Ids::name}).notes.size() == 1);  // on weights
  CHECK(network("pre,post\nA,10\n10,9\n", {.ids = Ids::name}).names == NeuronNames{{"9", "10", "A"}});
  CHECK(network("pre,post\nA,B\n", {.neurons = 2}).names == NeuronNames{{"A", "B"}});
  CHECK(network("pre,post\n720575940628857210,3\n", {.neurons = 2}).names == NeuronNames{{"3", "720575940628857210"}});
  check_refused("pre,post\nA,B\n", ": ", {"2 different names", "5 neurons"}, {.neurons = 5});
  check_refused("pre,post\n0,1\nA,1\n",
                ":3: ", {"pre 'A' is not a neuron id like the others, such as 0", "ids to name"});
  check_refused("pre,post\nA,1\n", ":2: ", {"post '1' is not a neuron id like the others, such as A"});
  check_refused("pre,post\n7.2e17,1\n", ":2: ", {"pre '7.2e17' is not a neuron id"});
}

TEST_CASE("ids may count from 1, which is asked where no id is 0") {
  const std::string content = "pre,post,weight\n1,2,0.5\n3,1,-1.25\n";
  CHECK(network(content, {.base = 1}).graph == three);
  CHECK(network(content, {.base = 1}).notes.empty());
  const auto unsaid = network(content);
  CHECK(unsaid.graph.neurons() == 4);
  check_notes(unsaid, {"no neuron has the id 0: if ids count from 1, set the base to 1"});
  CHECK(network(content, {.base = 0}).notes.empty());
  CHECK(network(content, {.neurons = 3, .base = 1}).graph == three);
  check_refused(content, ":3: ", {"pre 3 is out of range: there are 3 neurons, counted from 0"}, {.neurons = 3});
  check_refused("pre,post\n1,0\n", ":2: ", {"post '0' is out of range: ids count from 1"}, {.base = 1});
}

TEST_CASE("repeated pairs are refused by their names, or summed") {
  const std::string content = "pre,post,neuropil,weight\n0,1,AL_L,5\n0,1,LH_L,2\n1,2,AL_L,3\n";
  check_refused(content, ":3: ", {"synapse 0 -> 1 occurs 2 times", "can be summed"});
  CHECK(read(content, {.duplicates = Duplicates::sum}) == graph_of(3, {{0, 1, 7}, {1, 2, 3}}));
  const std::string named = "from,to\nPVCL,AVAL\nAVAL,DVA\nPVCL,AVAL\n";
  check_refused(named, ":4: ", {"synapse PVCL -> AVAL occurs 2 times"});
  CHECK(network(named, {.duplicates = Duplicates::sum}).graph == graph_of(3, {{2, 0, 2}, {0, 1, 1}}));
}

TEST_CASE("a square table of numbers is a matrix with presynaptic rows") {
  const Graph<> four = graph_of(4, {{0, 1, 0.5f}, {1, 3, -2}, {3, 0, 1}});
  const auto matrix = network("0,0.5,0,0\n0,0,0,-2\n0,0,0,0\n1,0,0,0\n");
  CHECK(matrix.graph == four);
  check_notes(matrix, {"matrix with presynaptic rows"});
  CHECK(read("0 .5 0 0\n0 0 0 -2\n0 0 0 0\n1 0 0 0\n", {.transpose = true}) == four.transposed());
  CHECK(read("0;0.5;;\n0;;;-2\n;;;\n1;0;0;0\n") == four);
  CHECK(read(",0,1,2,3\n0,0,0.5,0,0\n1,0,0,0,-2\n2,0,0,0,0\n3,1,0,0,0\n") == four);  // as pandas writes it
  const auto named = network("x,B,A,D,C\nB,0,0.5,0,0\nA,0,0,0,-2\nD,0,0,0,0\nC,1,0,0,0\n");
  CHECK(named.graph == four);
  CHECK(named.names == NeuronNames{{"B", "A", "D", "C"}});
  CHECK(network("B,A,D,C\n0,0.5,0,0\n0,0,0,-2\n0,0,0,0\n1,0,0,0\n").names == named.names);
  check_round_trip(with_names(named.graph, named.names));

  std::string large;
  std::vector<Edge<>> ring;
  const std::uint32_t size = 300;  // the header is longer than a block of the file
  for (std::uint32_t i = 0; i < size; ++i)
    large += "\ta neuron with a long name, " + std::string(300, 'x') + std::to_string(i);
  large += '\n';
  for (std::uint32_t row = 0; row < size; ++row) {
    large += "a neuron with a long name, " + std::string(300, 'x') + std::to_string(row);
    for (std::uint32_t column = 0; column < size; ++column) large += column == (row + 1) % size ? "\t1" : "\t0";
    large += '\n';
    ring.push_back({row, (row + 1) % size, 1});
  }
  CHECK(read(large) == graph_of(size, ring));
}

TEST_CASE("a table that is not quite a matrix, or could be a list too, is refused") {
  check_refused("0,1,0\n0,0,1\n1,0,0\n", ": ", {"matrix of 3 x 3 or a list of 3 synapses", "set the layout"});
  CHECK(read("0,1,0\n0,0,1\n1,0,0\n", {.layout = Layout::matrix}) == graph_of(3, {{0, 1, 1}, {1, 2, 1}, {2, 0, 1}}));
  CHECK(read("0,1,0\n0,0,1\n1,0,0\n", {.layout = Layout::synapses}) == graph_of(2, {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}));
  CHECK(read("0,.5,0\n0,0,1\n1,0,0\n") == graph_of(3, {{0, 1, 0.5f}, {1, 2, 1}, {2, 0, 1}}));  // .5 is not an id
  check_refused("0,1\n0,0\n1,0\n", ": ", {"more than 2 rows", "2 columns"}, {.layout = Layout::matrix});
  check_refused("0,1\n", ": ", {"only 1 rows", "2 columns"}, {.layout = Layout::matrix});
  check_refused("x,A,B\nA,0,1\nC,1,0\n", ":1: ", {"missing column `pre`"});
  check_refused("x,A,B\nA,0,1\nB,1,0\n", ": ", {"2 rows", "must have 5"}, {.neurons = 5});
  check_refused(",A,A\nA,0,1\nA,1,0\n", ": ", {"two neurons are called A"});
}

TEST_CASE("a table of neurons adds isolated neurons, populations and signs") {
  const TemporaryFile nodes{".csv",
                            "root_id,cell_type,nt_type\n720575940000000005,KC,ACH\n720575940000000003,MBON,gaba\n"
                            "720575940000000009,,GLUT\n720575940000000001,KC,\n"};
  const std::string synapses =
      "pre_root_id,post_root_id,syn_count\n720575940000000003,720575940000000005,4\n720575940000000005,"
      "720575940000000009,2\n720575940000000009,720575940000000003,1\n";
  const auto found = network(synapses, {.nodes = nodes.path()});
  CHECK(found.graph == graph_of(4, {{1, 2, -4}, {2, 3, 2}, {3, 1, 1}}));
  CHECK(found.names ==
        NeuronNames{{"720575940000000001", "720575940000000003", "720575940000000005", "720575940000000009"}});
  REQUIRE(found.populations.size() == 2);
  CHECK(found.populations.index("KC") == 0);
  CHECK(found.populations.of_neurons() == std::vector<std::uint32_t>{0, 1, 0, spikeometric::Populations::none});
  check_notes(found, {"mapped to indices", "2 populations are from column `cell_type`",
                      "the weights of 1 inhibitory neurons are negative, after column `nt_type`"});
  CHECK(network(synapses, {.nodes = nodes.path(), .inhibitory = {"GABA", "glut"}}).graph ==
        graph_of(4, {{1, 2, -4}, {2, 3, 2}, {3, 1, -1}}));
  CHECK(network(synapses, {.columns = {.population = "nt_type"}, .nodes = nodes.path()}).populations.size() == 3);
}

TEST_CASE("a table of neurons names indices, and says signs in words or numbers") {
  const TemporaryFile nodes{".tsv",
                            "neuron\tname\tsign\tpopulation\n2\tC\t-1\tinh\n0\tA\t+1\texc\n1\tB\texcitatory\texc\n"};
  const auto found = network("pre,post,weight\n2,0,3\n0,1,1\n", {.nodes = nodes.path()});
  CHECK(found.graph == graph_of(3, {{2, 0, -3}, {0, 1, 1}}));
  CHECK(found.names == NeuronNames{{"A", "B", "C"}});
  CHECK(found.populations.index("inh") == 0);  // in order of the table
  const auto signed_already = network("pre,post,weight\n2,0,-3\n0,1,1\n", {.nodes = nodes.path()});
  CHECK(signed_already.graph == found.graph);
  CHECK(signed_already.notes.back().find("does not change signs") != std::string::npos);
  const auto more = network("pre,post,weight\n2,0,3\n0,4,1\n", {.nodes = nodes.path()});
  CHECK(more.graph.neurons() == 5);
  CHECK(more.names.empty());
  CHECK(more.notes[0].find("2 of 5 neurons have no line") != std::string::npos);
}

TEST_CASE("an invalid table of neurons is refused with its line") {
  const auto refused = [](const std::string& content, const std::string& after_path, const std::string& part) {
    const TemporaryFile nodes{".csv", content};
    check_message<FileError>([&] { network("pre,post\n0,1\n", {.nodes = nodes.path()}); },
                             {nodes.path() + after_path, part});
  };
  refused("", ": ", "is empty");
  refused("x,y\n0,1\n", ":1: ", "missing column `id`");
  refused("id,sign\n0,1\n1,maybe\n", ":3: ", "sign 'maybe' is not");
  refused("id\n0\n\n1\n0\n", ":5: ", "neuron 0 is in line 2 already");
  refused("id\n0\n-1\n", ":3: ", "id '-1'");
}
