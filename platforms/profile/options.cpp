#include "options.h"

#include <CLI/CLI.hpp>

namespace iovp::profile {

static const char* const examples = R"(
Keys of the workload (a key without a dot is one of these):
  kind=dma|churn|msi    DMA requests; churn: map a buffer, use it once, unmap it, invalidate, CMD_SYNC;
                        msi: message-signalled interrupts through TBU and ITS up to the acknowledge
  pattern=random|sequential|trace, trace=FILE (CSV lines "address,size,R|W", or a JSON array)
  window=1M request_size=64 read_share=1 outstanding=32 count=20000 warm_up=0 requests_per_second=0 seed=1
  streams=1 substreams=0 tbus=1 pcie=false style=lt|at tags=0 ats=false atc_entries=64
  stages=nested|stage1|stage2|bypass page_size=4K stage2_page_size=0 two_level_tables=false va_bits=48 ipa_bits=44
  buffer_pages=16 range_invalidation=false (churn)
  vectors=8 (msi, of each stream)
Keys of the models have a dot: tbu.micro_tlb_entries=64 tcu.walk_slots=8 memory.read_latency_ns=95; --dump prints all.

Examples:
  profile --set window=4M --html report.html
  profile --sweep window=256K,512K,1M,2M,4M,16M,64M --set stages=stage1 --html reach.html --csv reach.csv
  profile --sweep page_size=4K,2M --sweep outstanding=1,8,64 --set window=64M --json result.json
  profile --set pattern=trace --set trace=requests.csv --perfetto trace.json --vcd signals.vcd
  profile --set kind=churn --set count=200 --set pattern=sequential --html churn.html
  profile --set kind=msi --set streams=16 --set count=5000 --sweep requests_per_second=1000000,4000000,8000000
)";

parsed_options parse_options(int argc, char** argv)
{
    parsed_options result;
    options& o = result.chosen;
    CLI::App app("Runs a workload of DMA behind an SMMU at one or several points and says where the time goes.\n"
                 "Exit code: 0 good, 1 a run failed, 2 a wrong option, key, value or file.");
    app.footer(examples);
    app.add_option("--profile", o.profile, "the models' parameters: a name or a file (default: server)")
        ->type_name("NAME|FILE");
    app.add_option("--set", o.settings, "a parameter; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_option_function<std::string>(
           "--style", [&o](const std::string& style) { o.settings.push_back("style=" + style); },
           "lt: loosely timed, at: approximately timed (the workload's key style)")
        ->type_name("lt|at");
    app.add_option("--sweep", o.sweeps, "one run for each value; several sweeps: each combination")
        ->type_name("KEY=V1,V2,...")
        ->allow_extra_args(false);
    app.add_option("--json", o.json_file, "write the results as JSON")->type_name("FILE");
    app.add_option("--csv", o.csv_file, "write a line per run, stream, page size and stage")->type_name("FILE");
    app.add_option("--html", o.html_file, "write one self-contained page")->type_name("FILE");
    app.add_option("--perfetto", o.perfetto_file, "write every transaction for ui.perfetto.dev; one run alone")
        ->type_name("FILE");
    app.add_option("--vcd", o.vcd_file, "write levels and wires as FILE.vcd; one run alone")->type_name("FILE.vcd");
    app.add_flag("--dump", o.dump, "print every parameter with its value and stop");
    app.add_flag("--quiet", o.quiet, "no progress on stderr");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        result.stop = true;
        result.exit_code = app.exit(e) == 0 ? 0 : 2;
    }
    return result;
}

} // namespace iovp::profile
