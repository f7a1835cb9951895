#pragma once

/// Bytes of the messages on a link: DTI-TBUv3 without the extended response (Memory Encryption Contexts are absent).
/// Messages are multiples of 8 bits, the type in the first four.
namespace iovp::smmu::dti::message_size {

constexpr unsigned trans_req = 20;
constexpr unsigned trans_resp = 20;
constexpr unsigned trans_fault = 4;
constexpr unsigned inv_req = 16;
constexpr unsigned inv_ack = 1;
constexpr unsigned sync_req = 1;
constexpr unsigned sync_ack = 1;
/// Not a message of DTI (see stall_release): what ends a hold there is a response without an address.
constexpr unsigned stall_release = trans_fault;

// DTI-ATS; assumed but for those that it shares with DTI-TBU.
constexpr unsigned ats_trans_req = trans_req;
constexpr unsigned ats_trans_resp = trans_resp;
constexpr unsigned ats_trans_fault = trans_fault;
constexpr unsigned ats_inv_req = inv_req;
constexpr unsigned ats_inv_ack = 2;
constexpr unsigned ats_page_req = 16;
constexpr unsigned ats_page_resp = 12;

} // namespace iovp::smmu::dti::message_size
