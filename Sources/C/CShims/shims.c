#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int shim_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int epoll_change(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, operation, descriptor, &event);
}

int shim_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
  return epoll_change(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int shim_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token) {
  return epoll_change(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int shim_epoll_remove(int epoll, int descriptor) {
  return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

int shim_epoll_wait(int epoll, shim_epoll_event *events, int capacity, int64_t timeout_nanoseconds) {
  struct epoll_event native[256];
  if (capacity > 256) capacity = 256;
  int count = -1;
  struct timespec timeout = {.tv_sec = timeout_nanoseconds / 1000000000,
                             .tv_nsec = timeout_nanoseconds % 1000000000};
  static int has_pwait2 = 1;
  if (has_pwait2) {
    count = epoll_pwait2(epoll, native, capacity, timeout_nanoseconds < 0 ? NULL : &timeout, NULL);
    if (count < 0 && errno == ENOSYS) has_pwait2 = 0;
  }
  if (!has_pwait2) {
    int64_t milliseconds = timeout_nanoseconds < 0 ? -1 : (timeout_nanoseconds + 999999) / 1000000;
    count = epoll_wait(epoll, native, capacity, milliseconds > 3600000 ? 3600000 : (int)milliseconds);
  }
  for (int i = 0; i < count; i++) {
    events[i].events = native[i].events;
    events[i].token = native[i].data.u64;
  }
  return count;
}

int shim_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int shim_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int shim_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int shim_spawn(pid_t *pid, const shim_spawn_options *options) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int result = posix_spawn_file_actions_init(&actions);
  if (result != 0) return result;
  result = posix_spawnattr_init(&attributes);
  if (result != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return result;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (options->new_process_group) flags |= POSIX_SPAWN_SETPGROUP;
  // The three descriptors are first moved out of the way of each other (a caller may hand over
  // 0, 1 or 2 in any order), then put into place; everything from 3 on is closed.
  int moved[3] = {-1, -1, -1};
  int wanted[3] = {options->standard_input, options->standard_output, options->standard_error};
  for (int i = 0; i < 3 && result == 0; i++) {
    moved[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, 3);
    if (moved[i] < 0) result = errno;
  }
  for (int i = 0; i < 3 && result == 0; i++)
    result = posix_spawn_file_actions_adddup2(&actions, moved[i], i);
  if (result == 0 && options->working_directory != NULL)
    result = posix_spawn_file_actions_addchdir_np(&actions, options->working_directory);
  if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (result == 0) result = posix_spawnattr_setflags(&attributes, flags);
  if (result == 0) result = posix_spawnattr_setsigmask(&attributes, &none);
  if (result == 0) result = posix_spawnattr_setsigdefault(&attributes, &all);
  if (result == 0) result = posix_spawnattr_setpgroup(&attributes, 0);
  if (result == 0)
    result = posix_spawnp(pid, options->path, &actions, &attributes, options->arguments,
                          options->environment);
  for (int i = 0; i < 3; i++)
    if (moved[i] >= 0) close(moved[i]);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

int shim_set_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int shim_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

void shim_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int shim_accept(int descriptor, int flags) { return accept4(descriptor, NULL, NULL, flags); }

int shim_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

int shim_openat(int directory, const char *path, int flags, mode_t mode) {
  return openat(directory, path, flags, mode);
}

int shim_reserve(int descriptor, off_t offset, off_t length) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

int shim_fcntl_int(int descriptor, int command, int argument) {
  return fcntl(descriptor, command, argument);
}

int shim_ioctl_int(int descriptor, unsigned long request, int *argument) {
  return ioctl(descriptor, request, argument);
}

int shim_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}
