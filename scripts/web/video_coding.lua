-- How a video is made small: colours that repeat within an image, and what changes from one image to the next
--
-- A video is 24 images a second, an image is a matrix of pixels, and neighbours are mostly alike. Spatial coding sends,
-- instead of N pixels of the same colour, the colour and N. Temporal coding sends, instead of a whole image, what is
-- different from the image before. How much that saves depends on what is to be seen: here a ball crosses a picture,
-- and at image 9 the scene changes. So a coder of constant quality makes a variable bit rate (VBR); one of constant
-- rate (CBR) has the same number of bits for each second, and gives up quality where they are too few.
-- Try: `n % 2 == 0 and` instead of `n < 9 and`. Which way of coding does not help then?
local WIDTH, HEIGHT, IMAGES, PER_SECOND = 32, 9, 16, 24
local COLOUR, COUNT, PLACE = 8, 8, 16 -- bits of a pixel's colour, of how often it repeats, and of where a run begins

-- image paints number n of the film: sky with stars, ground and a ball; later a wall of stripes behind it.
local function image(n)
  local pixels = {}
  for y = 1, HEIGHT do
    for x = 1, WIDTH do
      local ball = (x - 2 * n) ^ 2 / 4 + (y - 5) ^ 2 <= 3
      local sky = (x * 7 + y * 13) % 31 == 0 and "*" or "."
      local behind = n < 9 and (y < 8 and sky or "=") or (x % 4 < 2 and "|" or ".")
      pixels[#pixels + 1] = ball and "o" or behind
    end
  end
  return pixels
end

local function draw(pixels)
  for y = 0, HEIGHT - 1 do print("  " .. table.concat(pixels, "", y * WIDTH + 1, (y + 1) * WIDTH)) end
end

-- runs returns the pixels as runs of one colour; of those that wanted does not take, nothing.
local function runs(pixels, wanted)
  local list = {}
  for i, colour in ipairs(pixels) do
    local last = list[#list]
    if wanted(i) then
      if last and last.colour == colour and last.from + last.count == i and last.count < 2 ^ COUNT then
        last.count = last.count + 1
      else
        list[#list + 1] = {from = i, colour = colour, count = 1}
      end
    end
  end
  return list
end

local before, sums, most = nil, {raw = 0, spatial = 0, temporal = 0}, 0
print("image   pixels   spatial            temporal")
for n = 1, IMAGES do
  local pixels = image(n)
  local whole = runs(pixels, function() return true end)
  local changed = before and runs(pixels, function(i) return pixels[i] ~= before[i] end)
  local raw, spatial = #pixels * COLOUR, #whole * (COLOUR + COUNT)
  local temporal = math.min(spatial, changed and #changed * (COLOUR + COUNT + PLACE) or spatial)
  print(("%5d %5d bits %5d bits in %3d runs %5d bits%s"):format(n, raw, spatial, #whole, temporal,
    temporal == spatial and ", the whole image" or (" in %3d runs"):format(#changed)))
  sums.raw, sums.spatial, sums.temporal = sums.raw + raw, sums.spatial + spatial, sums.temporal + temporal
  before, most = pixels, math.max(most, temporal)
end
print("\nimages 8 and 9")
draw(image(8))
print()
draw(image(9))
print(("\nat %d images a second, on average:"):format(PER_SECOND))
for _, way in ipairs{"raw", "spatial", "temporal"} do
  print(("  %-9s %6.1f kbps"):format(way, sums[way] / IMAGES * PER_SECOND / 1000))
end
print(("a constant rate that has room for the longest image: %.1f kbps"):format(most * PER_SECOND / 1000))
