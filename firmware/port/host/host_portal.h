/* The page of a virtual node: HTTP on 127.0.0.1 while the onboarding has it open, as the chip serves it on its own Wi-Fi. */
#ifndef ROOST_HOST_PORTAL_H
#define ROOST_HOST_PORTAL_H

#include "host_enrol.h"
#include "roost/portal.h"

struct host_portal {
  int fd; /* −1: the node has no page */
  const char *uid;
  enum roost_portal_field wrong; /* of the last form */
};

/* Listens on the port, 0 for any; says which as event "portal". True also without a port. */
bool host_portal_open(struct host_portal *portal, const char *port, const char *uid, void (*say)(const char *event, const char *detail));
/* Answers who is there; a form that is whole goes to the onboarding. */
void host_portal_step(struct host_portal *portal, struct host_enrol *enrol);

#endif
