#include <gmock/gmock.h>
#include <systemc>

// A SystemC warning in a test is a failure: nothing in the models may warn on a healthy run.
static void fail_on_warning(const sc_core::sc_report& report, const sc_core::sc_actions& actions)
{
    if (report.get_severity() == sc_core::SC_WARNING)
        ADD_FAILURE() << "SystemC warning: " << report.get_msg_type() << ": " << report.get_msg();
    sc_core::sc_report_handler::default_handler(report, actions);
}

int sc_main(int argc, char** argv)
{
    ::testing::InitGoogleMock(&argc, argv);
    sc_core::sc_report_handler::set_handler(fail_on_warning);
    return RUN_ALL_TESTS();
}
