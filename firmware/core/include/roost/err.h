/* The errors of the whole firmware: 0 is good, below 0 is bad, as in every function that returns an int. */
#ifndef ROOST_ERR_H
#define ROOST_ERR_H

enum roost_err {
  ROOST_OK = 0,
  ROOST_ERR_ROOM = -1,     /* the place given is too small for the result */
  ROOST_ERR_PAYLOAD = -2,  /* foreign bytes break the wire contract; a struct roost_flaw says how */
  ROOST_ERR_VALUE = -3,    /* a value given by our own code is outside of what the wire or the part allows */
  ROOST_ERR_EMPTY = -4,    /* nothing there */
  ROOST_ERR_FLASH = -5,    /* the flash did not do what it was told */
  ROOST_ERR_TIMEOUT = -6,  /* no answer in time */
  ROOST_ERR_CHECKSUM = -7, /* an answer came with a wrong checksum */
  ROOST_ERR_BUS = -8,      /* no acknowledgement, or a bus that hangs */
  ROOST_ERR_SEAL = -9,     /* an authenticated frame or image is not what it claims to be */
  ROOST_ERR_REPLAY = -10,  /* a frame that was taken before */
  ROOST_ERR_STATE = -11,   /* not now: the part is in a state that does not allow it */
  ROOST_ERR_NET = -12,     /* the network does not carry it now; the caller keeps what it wanted to send */
  ROOST_ERR_NOT_READY = -13, /* the device is still measuring: ask again */
};

#endif
