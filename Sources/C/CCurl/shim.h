#ifndef MISE_CI_CCURL_H
#define MISE_CI_CCURL_H

#include <curl/curl.h>
#include <stdint.h>

// libcurl's variadic functions, one per argument type.
typedef size_t (*shim_curl_data_callback)(char *, size_t, size_t, void *);
typedef int (*shim_curl_seek_callback)(void *, curl_off_t, int);
typedef int (*shim_curl_prerequest_callback)(void *, char *, char *, int, int);

static inline int shim_curl_easy_setopt_long(CURL *handle, int option, long value) {
  return curl_easy_setopt(handle, (CURLoption)option, value);
}
static inline int shim_curl_easy_setopt_offset(CURL *handle, int option, int64_t value) {
  return curl_easy_setopt(handle, (CURLoption)option, (curl_off_t)value);
}
static inline int shim_curl_easy_setopt_string(CURL *handle, int option, const char *value) {
  return curl_easy_setopt(handle, (CURLoption)option, value);
}
static inline int shim_curl_easy_setopt_pointer(CURL *handle, int option, const void *value) {
  return curl_easy_setopt(handle, (CURLoption)option, value);
}
static inline int shim_curl_easy_setopt_callback(CURL *handle, int option, shim_curl_data_callback value) {
  return curl_easy_setopt(handle, (CURLoption)option, value);
}
static inline int shim_curl_easy_setopt_seek(CURL *handle, shim_curl_seek_callback value) {
  return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, value);
}
static inline int shim_curl_easy_setopt_prerequest(CURL *handle, shim_curl_prerequest_callback value) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}
static inline int shim_curl_easy_getinfo_long(CURL *handle, int info, long *value) {
  return curl_easy_getinfo(handle, (CURLINFO)info, value);
}
static inline int shim_curl_easy_getinfo_string(CURL *handle, int info, const char **value) {
  return curl_easy_getinfo(handle, (CURLINFO)info, value);
}
static inline int shim_curl_easy_getinfo_pointer(CURL *handle, int info, void **value) {
  return curl_easy_getinfo(handle, (CURLINFO)info, value);
}
static inline int shim_curl_multi_setopt_long(CURLM *multi, int option, long value) {
  return curl_multi_setopt(multi, (CURLMoption)option, value);
}

#endif
