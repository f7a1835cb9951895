// libsystemc asks for sc_main(); where libFuzzer or the replay has the main() nobody calls it.
extern "C" int sc_main(int, char**)
{
    return 0;
}
