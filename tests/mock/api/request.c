#include "mock/api/request.h"

#include <string.h>
#include <strings.h>

const char *mock_request_header(const struct mock_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

const char *mock_request_key(const struct mock_request *request)
{
    const char *authorization = mock_request_header(request, "Authorization");

    return authorization && strncmp(authorization, "Bearer ", 7) == 0
               ? authorization + 7
               : mock_request_header(request, "api-key");
}
